// <bereikbaar-answer src="https://status.example.nl/channels/email/answer.json">...</bereikbaar-answer>
// What a channel says about answers, on any page: renewed each minute, as text alone. What stands inside the element is shown
// as long as nothing is known, and again when what is known has grown too old. No style, no markup of others: a strict policy of
// the page only has to allow this script (script-src) and its questions (connect-src).
"use strict";
{
  const EVERY = 60000; // milliseconds
  const LONGEST = 180000; // one question may fail, and a second one; after that it is no longer the state of now

  class Answer extends HTMLElement {
    #own = null; // what the page itself put inside
    #asOf = null;
    #newAt = 0;
    #timer = null;
    #look = () => document.hidden || this.#ask();

    connectedCallback() {
      this.#own ??= [...this.childNodes];
      this.#ask();
      this.#timer = setInterval(this.#look, EVERY);
      document.addEventListener("visibilitychange", this.#look);
    }

    disconnectedCallback() {
      clearInterval(this.#timer);
      document.removeEventListener("visibilitychange", this.#look);
    }

    async #ask() {
      try {
        const answer = await fetch(this.getAttribute("src"), { credentials: "omit" });
        if (answer.ok) this.#take(await answer.json(), answer.url);
      } catch {
        // then what is known grows older
      }
      if (performance.now() - this.#newAt > LONGEST) this.#giveUp();
    }

    #take(told, from) {
      if (!told.is_current) return this.#giveUp();
      if (told.as_of === this.#asOf) return; // the same again, from a file perhaps: it is not younger for that
      [this.#asOf, this.#newAt] = [told.as_of, performance.now()];
      this.#show(told, new URL(told.link, from));
    }

    #show(told, link) {
      const text = this.#line("text", document.createElement("strong"), told.text);
      const note = this.#line("note", /^https?:$/.test(link.protocol) ? document.createElement("a") : null, told.note);
      const anchor = note.querySelector("a");
      if (anchor) [anchor.href, anchor.target] = [link.href, "_top"];
      if (told.language) this.lang = told.language;
      this.dataset.state = told.channel.is_open === null ? "unknown" : told.channel.is_open ? "open" : "closed";
      this.replaceChildren(text, note);
    }

    #line(name, inner, words) {
      const line = document.createElement("p");
      line.className = `bereikbaar-answer__${name}`;
      (inner ?? line).textContent = words;
      if (inner) line.append(inner);
      return line;
    }

    #giveUp() {
      if (this.dataset.state === undefined) return;
      delete this.dataset.state;
      this.replaceChildren(...this.#own);
    }
  }

  if (!customElements.get("bereikbaar-answer")) customElements.define("bereikbaar-answer", Answer);
}
