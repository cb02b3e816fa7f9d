/* Two ways to draw: deck.gl over WebGL, or, without it, a canvas that is painted anew for each view. */

const MANY = 20_000, FEW = 8_000; // points without smoothing beyond their own; points drawn in a hurry
const SLOW = 90, REST = 160; // milliseconds between two frames, and after the last movement

export function radius(count, zoom) {
  return Math.max(0.7, Math.min(5, 130 / Math.sqrt(count + 300))) * 2 ** (0.42 * zoom);
}

export function hasWebGL() {
  try { return Boolean(document.createElement("canvas").getContext("webgl2")); } catch { return false; }
}

/* Whether a machine that is slow to draw (software in place of a graphics card) is amid a movement. */
class Pace {
  constructor(settled) { this.isSlow = false; this.isMoving = false; this.last = 0; this.settled = settled; }

  moved() {
    const now = performance.now();
    if (this.isMoving && now - this.last > SLOW) this.isSlow = true;
    this.isMoving = true; this.last = now;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { this.isMoving = false; this.settled(); }, REST);
  }

  get isHurried() { return this.isSlow && this.isMoving; }
}

export class Deck {
  constructor(box, camera, moved, count) {
    this.camera = camera;
    this.pace = new Pace(moved);
    this.ready = new Promise((resolve) => { this.loaded = resolve; });
    this.deck = new window.deck.Deck({
      parent: box,
      views: new window.deck.OrthographicView({ id: "map", flipY: false }),
      controller: { keyboard: false, inertia: 250, scrollZoom: { smooth: false, speed: 0.012 } },
      viewState: camera.deckState,
      deviceProps: { webgl: { antialias: count < MANY } },
      onViewStateChange: ({ viewState }) => { if (this.isReady) { camera.take(viewState); this.pace.moved(); moved(); } },
      getCursor: () => "inherit",
      layers: [],
      onLoad: () => {
        this.deck.getCanvas().tabIndex = -1; // the map around it is the one to focus
        this.isReady = true;
        this.loaded();
      },
    });
  }

  draw(scene) {
    const { ScatterplotLayer, SolidPolygonLayer, PathLayer } = window.deck;
    const size = radius(scene.count, this.camera.zoom);
    const [red, green, blue] = scene.colours.accent;
    this.deck.setProps({
      viewState: this.camera.deckState,
      layers: [
        new SolidPolygonLayer({ id: "regions", data: scene.polygons, positionFormat: "XY", getPolygon: (each) => each.rings, getFillColor: (each) => [...each.colour, each.fill], updateTriggers: { getFillColor: scene.stamp } }),
        new PathLayer({ id: "outlines", data: scene.rings, visible: !this.pace.isHurried, positionFormat: "XY", getPath: (each) => each.ring, getColor: (each) => [...each.colour, each.line], getWidth: 1.2, widthUnits: "pixels", updateTriggers: { getColor: scene.stamp } }),
        ...[["points", scene.count], ["some", Math.min(scene.count, FEW)]].map(([id, length]) => new ScatterplotLayer({
          id, data: this.points(scene, length), visible: (id === "some") === this.pace.isHurried,
          radiusUnits: "pixels", getRadius: 1, radiusScale: size, antialiasing: size > 1.2, stroked: false,
        })),
        new ScatterplotLayer({ id: "aim", data: scene.aim, getPosition: (place) => place, radiusUnits: "pixels", getRadius: size + 5, filled: false, stroked: true, getLineColor: [red, green, blue], lineWidthUnits: "pixels", getLineWidth: 2.5, updateTriggers: { getRadius: size } }),
      ],
    });
  }

  /* The first points as deck.gl reads them: the same object until they change, so that nothing is sent
     again. Rows go by hashes, so the first of them are a fair sample. */
  points({ places, bytes, stamp }, length) {
    if (this.stamp !== stamp) { this.stamp = stamp; this.sent = {}; }
    return this.sent[length] ??= { length, attributes: { getPosition: { value: places, size: 2 }, getFillColor: { value: bytes, size: 4, type: "unorm8" } } };
  }

  /* The canvas as it is now; it holds a picture only until the browser has shown it. */
  canvas() {
    this.deck.redraw("picture");
    return this.deck.getCanvas();
  }
}

export class Still {
  constructor(box, camera) {
    this.camera = camera;
    this.element = document.createElement("canvas");
    this.element.className = "still";
    this.isReady = true;
    this.ready = Promise.resolve();
    box.prepend(this.element);
  }

  draw(scene) {
    const { camera } = this, ratio = window.devicePixelRatio || 1;
    this.element.width = camera.width * ratio; this.element.height = camera.height * ratio;
    const to = this.element.getContext("2d");
    to.scale(ratio, ratio);
    for (const { rings, colour, fill } of scene.polygons) {
      to.beginPath();
      for (const ring of rings) { ring.forEach((place, at) => to[at ? "lineTo" : "moveTo"](...camera.toScreen(...place))); to.closePath(); }
      to.fillStyle = `rgba(${colour}, ${fill / 255})`;
      to.fill("evenodd");
    }
    for (const { ring, colour, line } of scene.rings) {
      to.beginPath();
      ring.forEach((place, at) => to[at ? "lineTo" : "moveTo"](...camera.toScreen(...place)));
      to.strokeStyle = `rgba(${colour}, ${line / 255})`;
      to.stroke();
    }
    const size = radius(scene.count, camera.zoom);
    for (let i = 0; i < scene.count; i++) {
      const [x, y] = camera.toScreen(scene.places[2 * i], scene.places[2 * i + 1]);
      if (x < -size || y < -size || x > camera.width + size || y > camera.height + size) continue;
      to.fillStyle = `rgb(${scene.bytes[4 * i]} ${scene.bytes[4 * i + 1]} ${scene.bytes[4 * i + 2]} / ${scene.bytes[4 * i + 3] / 255})`;
      if (scene.count > MANY) { to.fillRect(x - size, y - size, 2 * size, 2 * size); continue; }
      to.beginPath(); to.arc(x, y, size, 0, 7); to.fill();
    }
    for (const place of scene.aim) {
      to.beginPath(); to.arc(...camera.toScreen(...place), size + 5, 0, 7);
      to.lineWidth = 2.5; to.strokeStyle = `rgb(${scene.colours.accent})`; to.stroke();
    }
  }

  canvas() { return this.element; }
}
