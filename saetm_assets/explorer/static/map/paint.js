/* Two ways to draw: deck.gl over WebGL, or, without it, a canvas that is painted anew for each view. */

export function radius(count, zoom) {
  return Math.max(0.7, Math.min(5, 130 / Math.sqrt(count + 300))) * 2 ** (0.42 * zoom);
}

export function hasWebGL() {
  try { return Boolean(document.createElement("canvas").getContext("webgl2")); } catch { return false; }
}

export class Deck {
  constructor(box, camera, moved) {
    this.camera = camera;
    this.deck = new window.deck.Deck({
      parent: box,
      views: new window.deck.OrthographicView({ id: "map", flipY: false }),
      controller: { keyboard: false, inertia: 250, scrollZoom: { smooth: false, speed: 0.012 } },
      viewState: camera.deckState,
      onViewStateChange: ({ viewState }) => { camera.take(viewState); moved(); },
      getCursor: () => "inherit",
      layers: [],
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
        new PathLayer({ id: "outlines", data: scene.rings, positionFormat: "XY", getPath: (each) => each.ring, getColor: (each) => [...each.colour, each.line], getWidth: 1.2, widthUnits: "pixels", jointRounded: true, updateTriggers: { getColor: scene.stamp } }),
        new ScatterplotLayer({
          id: "points", data: { length: scene.count, attributes: { getPosition: { value: scene.places, size: 2 }, getFillColor: { value: scene.bytes, size: 4 } } },
          radiusUnits: "pixels", getRadius: 1, radiusScale: size, stroked: false,
        }),
        new ScatterplotLayer({ id: "aim", data: scene.aim ? [scene.aim] : [], getPosition: (place) => place, radiusUnits: "pixels", getRadius: size + 5, filled: false, stroked: true, getLineColor: [red, green, blue], lineWidthUnits: "pixels", getLineWidth: 2.5, updateTriggers: { getRadius: size } }),
      ],
    });
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
      to.fillStyle = `rgb(${colour} / ${fill / 255})`;
      to.fill("evenodd");
    }
    const size = radius(scene.count, camera.zoom);
    for (let i = 0; i < scene.count; i++) {
      const [x, y] = camera.toScreen(scene.places[2 * i], scene.places[2 * i + 1]);
      to.fillStyle = `rgb(${scene.bytes[4 * i]} ${scene.bytes[4 * i + 1]} ${scene.bytes[4 * i + 2]} / ${scene.bytes[4 * i + 3] / 255})`;
      to.fillRect(x - size, y - size, 2 * size, 2 * size);
    }
  }

  canvas() { return this.element; }
}
