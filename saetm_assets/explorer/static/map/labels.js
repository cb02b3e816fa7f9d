/* Names of topics on the map: links at the densest place of each, as many as fit without touching. */

const LARGE = 1 / 3, GAP = 6; // share of topics in larger type; pixels between labels

export class Labels {
  constructor(box) { this.box = box; this.links = []; }

  fill(topics) {
    const bySize = topics.map((topic, code) => ({ ...topic, code })).filter((topic) => topic.count > 0)
      .sort((one, other) => (other.area > 0) - (one.area > 0) || other.count - one.count);
    this.links = bySize.map((topic, rank) => {
      const link = document.createElement("a");
      link.textContent = topic.label;
      link.href = topic.link;
      link.draggable = false;
      link.tabIndex = -1; // the list beside the map leads to the same pages
      link.classList.toggle("large", rank < bySize.length * LARGE);
      return { link, topic };
    });
    this.box.replaceChildren(...this.links.map((each) => each.link));
    for (const each of this.links) { each.width = each.link.offsetWidth; each.height = each.link.offsetHeight; }
  }

  /* Place what fits; `chosen` (a topic, or -1) goes first, and the others are faint beside it. */
  place(camera, chosen) {
    const taken = [];
    const first = this.links.filter((each) => each.topic.code === chosen);
    const others = this.links.filter((each) => each.topic.code !== chosen);
    for (const each of [...first, ...others]) {
      const [x, y] = camera.toScreen(...each.topic.at);
      const left = Math.max(GAP, Math.min(x - each.width / 2, camera.width - each.width - GAP)), top = y - each.height / 2;
      const box = [left - GAP, top - GAP / 2, left + each.width + GAP, top + each.height + GAP / 2];
      const isSeen = x > 0 && y > 0 && x < camera.width && y < camera.height && (each.topic.area > 0 || camera.zoom > 1 || each.topic.code === chosen);
      const fits = isSeen && !taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3]);
      each.link.classList.toggle("off", !fits);
      each.link.classList.toggle("faint", chosen >= 0 && each.topic.code !== chosen);
      each.at = fits ? [left, top] : null;
      if (fits) { taken.push(box); each.link.style.transform = `translate(${left.toFixed(1)}px, ${top.toFixed(1)}px)`; }
    }
  }
}
