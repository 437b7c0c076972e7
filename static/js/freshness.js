// The page never pretends: what is older than it may be says so, also when a file is all that is left of the portal.
"use strict";
{
  const LONGEST = 180000; // milliseconds; the page renews itself each minute, and one renewal may fail
  const EVERY = 30000;
  const ADDRESS = "/checked.json"; // tells when the portal last looked; the answer's own Date is the server's clock

  // As portal.web.formats writes it, in the company's zone and always with the day.
  const moment = (at, timeZone) => {
    const isDutch = document.documentElement.lang === "nl";
    const words = isDutch ? "nl" : "en-GB";
    const day = at.toLocaleDateString(words, { weekday: "long", day: "numeric", month: "long", timeZone });
    const time = at.toLocaleTimeString(words, { hour: "numeric", minute: "2-digit", hourCycle: "h23", timeZone });
    return isDutch ? `${day}, ${time.replace(":", ".")} uur` : `${day}, ${time}`;
  };

  // The server's time, and when the portal last looked; as long as nobody answers, from the last answer.
  let last = null;
  const ask = async () => {
    try {
      const answer = await fetch(ADDRESS, { cache: "no-store" });
      const checked = Date.parse((await answer.json()).checked_at);
      const now = Date.parse(answer.headers.get("Date") ?? new Date());
      if (checked && now) last = { checked, now, at: Date.now() };
    } catch {
      // then what was known grows older
    }
    return last && { checked: last.checked, now: last.now + (Date.now() - last.at) };
  };

  // Null when it is fresh; else when it was true, or undefined when nobody can tell.
  const lastTrue = async (told, shownFor) => {
    if (told && shownFor > LONGEST) return told;
    if (told && Math.abs(Date.now() - told) < LONGEST) return null; // a clock that is well agrees: no need to ask
    const known = await ask();
    const at = told || known?.checked;
    return known && known.now - at < LONGEST ? null : at;
  };

  const turn = (part, at) => {
    part.dataset.stale = "";
    for (const each of part.querySelectorAll("[data-when]")) each.hidden = each.dataset.when !== "stale";
    const said = at && moment(new Date(at), part.dataset.zone || undefined);
    for (const each of part.querySelectorAll("[data-checked]")) each.textContent = said || each.dataset.unknown;
    const banner = part.querySelector(".banner");
    if (banner) banner.dataset.state = "unknown";
    if (part.dataset.titleStale) document.title = part.dataset.titleStale;
  };

  // A renewal may bring the same again, from a file: it is not younger for that, and what was found too old stays so.
  let shown = null;
  let shownAt = 0;
  let tooOld = null;
  const check = async () => {
    const part = document.querySelector("[data-truth]");
    if (!part || part.dataset.stale !== undefined) return;
    const truth = part.dataset.truth;
    const told = Date.parse(truth);
    if (truth && truth === tooOld) return turn(part, told);
    if (truth !== shown) [shown, shownAt] = [truth, Date.now()];
    if (part.dataset.title) document.title = part.dataset.title;
    const at = await lastTrue(told, Date.now() - shownAt);
    if (at === null) return;
    tooOld = truth;
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
  document.addEventListener("htmx:afterSwap", check);
  document.addEventListener("visibilitychange", check);
}
