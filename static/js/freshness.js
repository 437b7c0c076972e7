// The page never pretends: when it could not renew itself for a while, it says so instead of going on in green.
"use strict";
{
  let shown = null;
  let shownAt = 0;
  const check = () => {
    const live = document.querySelector("[data-fresh-seconds]");
    if (!live) return;
    if (live !== shown) {
      shown = live;
      shownAt = Date.now();
    }
    const isStale = Date.now() - shownAt > 1000 * live.dataset.freshSeconds;
    for (const part of live.querySelectorAll("[data-when]")) {
      part.hidden = (part.dataset.when === "stale") !== isStale;
    }
    if (isStale) live.querySelector(".banner").dataset.state = "unknown";
  };
  check();
  setInterval(check, 10000);
  document.addEventListener("visibilitychange", check);
}
