"""One command for the whole portal: web server and worker side by side, started and stopped together."""
