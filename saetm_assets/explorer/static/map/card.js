/* What is shown of one item: a thumbnail or a caption. All of it is text from outside, and stays text. */

const KEPT = 300, PATIENCE = 50; // answers; milliseconds before one is asked for

export class Card {
  constructor(element) { this.element = element; this.known = new Map(); this.row = -1; }

  show(row, address, topic, place) {
    this.place = place;
    if (row === this.row) { this.put(); return; }
    this.row = row;
    clearTimeout(this.timer);
    if (row < 0) { this.element.hidden = true; return; }
    this.timer = setTimeout(async () => {
      const about = await this.ask(address);
      if (about && row === this.row) { this.fill(about, topic); this.put(); }
    }, this.known.has(address) ? 0 : PATIENCE);
  }

  async ask(address) {
    if (!this.known.has(address)) {
      const answer = await fetch(address);
      if (!answer.ok) return null;
      if (this.known.size >= KEPT) this.known.delete(this.known.keys().next().value);
      this.known.set(address, await answer.json());
    }
    return this.known.get(address);
  }

  fill(about, topic) {
    const parts = [];
    if (about.thumbnail) { const image = document.createElement("img"); image.src = about.thumbnail; image.alt = ""; parts.push(image); }
    for (const [kind, text] of [["topic", topic], ["caption", about.caption], ["path", about.name]]) {
      if (!text) continue;
      const line = document.createElement("p");
      line.className = kind; line.textContent = text;
      parts.push(line);
    }
    const link = document.createElement("a");
    link.href = about.link; link.textContent = "Open this item"; link.className = "open"; link.hidden = !this.isTouched;
    parts.push(link);
    this.element.replaceChildren(...parts);
    this.element.hidden = false;
  }

  put() {
    if (this.element.hidden) return;
    const { x, y, width, height } = this.place, own = this.element;
    const left = x + 16 + own.offsetWidth > width ? x - 16 - own.offsetWidth : x + 16;
    const top = Math.min(Math.max(8, y - own.offsetHeight / 2), height - own.offsetHeight - 8);
    own.style.transform = `translate(${Math.max(8, left).toFixed(0)}px, ${top.toFixed(0)}px)`;
  }
}
