/* Colours of the style sheet as bytes, and the colour of every point. */

const COLOURS = 15, NO_COLOUR = 7; // in the style sheet; of what has none of its own

export function palette() {
  const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const bytes = (name) => {
    probe.fillStyle = window.saetm.colour(name);
    probe.fillRect(0, 0, 1, 1);
    return [...probe.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  };
  return { of: Array.from({ length: COLOURS }, (_, at) => bytes(`c${at}`)), ink: bytes("ink"), paper: bytes("card"), accent: bytes("accent") };
}

/* (4 N,) bytes; points that are not of the `chosen` category are faint. */
export function pointColours(codes, categories, chosen, colours, isDense) {
  const none = colours.of[NO_COLOUR], bytes = new Uint8Array(4 * codes.length);
  const rgb = categories.map((category, code) => code === chosen && category.colour === NO_COLOUR ? colours.accent : colours.of[category.colour]);
  const full = isDense ? 170 : 215;
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i], [red, green, blue] = rgb[code] ?? none;
    bytes[4 * i] = red; bytes[4 * i + 1] = green; bytes[4 * i + 2] = blue;
    bytes[4 * i + 3] = chosen >= 0 ? (code === chosen ? 245 : 26) : (rgb[code] ? full : 90);
  }
  return bytes;
}
