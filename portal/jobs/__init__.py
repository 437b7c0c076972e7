"""The task queue's tasks and timetable."""
