// The page never pretends: what is older than it may be says so, also when a file is all that is left of the portal.
"use strict";
{
  const LONGEST = 180000; // milliseconds; the page renews itself each minute, and one renewal may fail
  const EVERY = 30000;
  const ADDRESS = "/checked.json"; // tells when the portal last looked; the answer's own Date is the server's clock

  const clock = (at) => {
    const time = `${at.getHours()}${document.documentElement.lang === "nl" ? "." : ":"}${String(at.getMinutes()).padStart(2, "0")}`;
    const day = at.toLocaleDateString(document.documentElement.lang, { weekday: "long", day: "numeric", month: "long" });
    return document.documentElement.lang === "nl" ? `${day}, ${time} uur` : `${day}, ${time}`;
  };

  const ask = async () => {
    const answer = await fetch(ADDRESS, { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.statusText);
    const { checked_at: checked } = await answer.json();
    return { checked: new Date(checked), now: new Date(answer.headers.get("Date") ?? Date.now()) };
  };

  // Null when it is fresh; else when it was true, or undefined when nobody can tell.
  const lastTrue = async (asOf, shownFor) => {
    const told = asOf ? new Date(asOf) : null;
    if (told && shownFor > LONGEST) return told;
    if (told && Math.abs(Date.now() - shownFor - told) < LONGEST) return null; // a clock that is well agrees: no need to ask
    try {
      const { checked, now } = await ask();
      const at = told ?? checked;
      return now - at > LONGEST ? at : null;
    } catch {
      return told ?? undefined;
    }
  };

  const turn = (part, at) => {
    for (const each of part.querySelectorAll("[data-when]")) each.hidden = each.dataset.when !== "stale";
    for (const each of part.querySelectorAll("[data-checked]")) {
      if (!each.textContent) each.textContent = at ? clock(at) : "?";
    }
    const banner = part.querySelector(".banner");
    if (banner) banner.dataset.state = "unknown";
  };

  let shown = null;
  let shownAt = 0;
  const check = async () => {
    const part = document.querySelector("[data-truth]");
    if (!part || part.dataset.stale !== undefined) return;
    if (part !== shown) [shown, shownAt] = [part, Date.now()];
    const at = await lastTrue(part.dataset.truth, Date.now() - shownAt);
    if (at === null) return;
    part.dataset.stale = "";
    turn(part, at);
  };

  // Whoever listens to the page is told when what is wrong has changed, and only then.
  let mark = document.querySelector("[data-mark]")?.dataset.mark;
  document.addEventListener("htmx:afterSettle", () => {
    const part = document.querySelector("[data-mark]");
    if (!part || part.dataset.mark === mark) return;
    mark = part.dataset.mark;
    document.getElementById("announcement").textContent = document.getElementById("glance").innerText;
  });

  check();
  setInterval(check, EVERY);
  document.addEventListener("visibilitychange", check);
}
