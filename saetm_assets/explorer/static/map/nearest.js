/* The point that is nearest to a place: a grid of cells, each with the points that lie in it. */

const CELLS = 256;
const cell = (value) => Math.min(CELLS - 1, Math.max(0, Math.floor((value + 1) * CELLS / 2)));

export class Nearest {
  constructor(places) {
    this.places = places;
    const n = places.length / 2;
    const cells = new Uint16Array(n);
    this.starts = new Uint32Array(CELLS * CELLS + 1);
    for (let i = 0; i < n; i++) {
      cells[i] = cell(places[2 * i + 1]) * CELLS + cell(places[2 * i]);
      this.starts[cells[i] + 1]++;
    }
    for (let c = 0; c < CELLS * CELLS; c++) this.starts[c + 1] += this.starts[c];
    const next = this.starts.slice();
    this.rows = new Uint32Array(n);
    for (let i = 0; i < n; i++) this.rows[next[cells[i]]++] = i;
  }

  /* The row within `radius` of a place for which `counts` holds, or -1. */
  find(x, y, radius, counts = () => true) {
    let best = -1, least = radius * radius;
    for (let cy = cell(y - radius); cy <= cell(y + radius); cy++) {
      const from = this.starts[cy * CELLS + cell(x - radius)], to = this.starts[cy * CELLS + cell(x + radius) + 1];
      for (let at = from; at < to; at++) {
        const row = this.rows[at], dx = this.places[2 * row] - x, dy = this.places[2 * row + 1] - y;
        const apart = dx * dx + dy * dy;
        if (apart <= least && counts(row)) { least = apart; best = row; }
      }
    }
    return best;
  }
}
