/* The view as a PNG: paper, points, names, and what it is of. */

export function save(canvas, labels, camera, title, colours) {
  const ratio = canvas.width / camera.width, sheet = document.createElement("canvas"), foot = 34;
  sheet.width = canvas.width; sheet.height = canvas.height + foot * ratio;
  const to = sheet.getContext("2d");
  to.fillStyle = `rgb(${colours.paper})`;
  to.fillRect(0, 0, sheet.width, sheet.height);
  to.drawImage(canvas, 0, 0);
  to.scale(ratio, ratio);
  to.textBaseline = "middle";
  for (const each of labels.links.filter((one) => one.at)) {
    const style = getComputedStyle(each.link);
    to.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    to.globalAlpha = Number(style.opacity);
    to.lineWidth = 4; to.lineJoin = "round"; to.strokeStyle = `rgb(${colours.paper})`; to.fillStyle = `rgb(${colours.ink})`;
    const at = [each.link.textContent, each.at[0] + parseFloat(style.paddingLeft), each.at[1] + each.height / 2, each.width - 2 * parseFloat(style.paddingLeft)];
    to.strokeText(...at); to.fillText(...at);
  }
  to.globalAlpha = 0.75;
  to.font = `13px ${getComputedStyle(document.body).fontFamily}`;
  to.fillText(title, 12, camera.height + foot / 2);
  sheet.toBlob((content) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(content);
    link.download = "map.png";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
}
