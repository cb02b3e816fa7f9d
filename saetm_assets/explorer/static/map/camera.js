/* Where the map is looked at from: its middle, and how many pixels one unit of the map takes. */

const MARGIN = 1.06, MOST_ZOOM = 7, LEAST_ZOOM = -1; // zoom 0 shows the whole map; each step doubles

export class Camera {
  constructor(box) { this.box = box; this.x = 0; this.y = 0; this.zoom = 0; this.resize(); }

  resize() {
    this.width = this.box.clientWidth || 1;
    this.height = this.box.clientHeight || 1;
    this.whole = Math.log2(Math.min(this.width, this.height) / (2 * MARGIN)); // deck's zoom of ours of 0
  }

  get scale() { return 2 ** (this.whole + this.zoom); }
  toScreen(x, y) { return [this.width / 2 + (x - this.x) * this.scale, this.height / 2 - (y - this.y) * this.scale]; }
  toMap(left, top) { return [this.x + (left - this.width / 2) / this.scale, this.y - (top - this.height / 2) / this.scale]; }

  set(x, y, zoom) {
    const within = (value, most) => Math.min(most, Math.max(-most, Number.isFinite(value) ? value : 0));
    this.x = within(x, 1.1); this.y = within(y, 1.1);
    this.zoom = Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, Number.isFinite(zoom) ? zoom : 0));
  }

  move(right, up) { this.set(this.x + right * this.width / this.scale, this.y + up * this.height / this.scale, this.zoom); }

  get deckState() { return { target: [this.x, this.y, 0], zoom: this.whole + this.zoom, minZoom: this.whole + LEAST_ZOOM, maxZoom: this.whole + MOST_ZOOM }; }
  take({ target, zoom }) { this.set(target[0], target[1], zoom - this.whole); }
}
