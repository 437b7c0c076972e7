// Keys for those who answer all day. Each works only while its own part has the focus, so that nobody meets one by accident:
// j and k walk through the questions of the queue, Ctrl+Enter (or Cmd+Enter) sends the form in which one types.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("textarea")) {
    event.preventDefault();
    event.target.form.requestSubmit();
    return;
  }
  const list = event.target.closest("[data-keys]");
  if (!list || event.ctrlKey || event.metaKey || event.altKey || !["j", "k"].includes(event.key)) return;
  const links = [...list.querySelectorAll("a")];
  const next = links[links.indexOf(document.activeElement) + (event.key === "j" ? 1 : -1)];
  if (next) next.focus();
});
