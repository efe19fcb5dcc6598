// The cameras' pictures, as large as the screen lets them.
const FINEST = 4;

export class Pictures {
  constructor(place) {
    Object.assign(this, { place, canvases: new Map() });
    new ResizeObserver(() => this.fit()).observe(place);
  }

  paint(name, picture) {
    if (!this.canvases.has(name)) this.add(name);
    const canvas = this.canvases.get(name), shape = `${picture.width} / ${picture.height}`;
    if (canvas.shape !== shape) { canvas.shape = shape; canvas.style.setProperty("--shape", shape); this.fit(); }
    // A canvas finer than its picture: the browser's best smoothing, instead of blocks.
    const finer = Math.max(1, Math.min(FINEST, Math.round((canvas.clientWidth * devicePixelRatio) / picture.width)));
    const width = picture.width * finer, height = picture.height * finer;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(picture, 0, 0, width, height);
    picture.close();
  }

  add(name) {
    const frame = document.createElement("figure"), caption = document.createElement("figcaption"), canvas = document.createElement("canvas");
    caption.textContent = name;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `camera ${name}`);
    frame.append(canvas, caption);
    this.place.append(frame);
    this.canvases.set(name, canvas);
  }

  // The number of columns with which the pictures come out largest.
  fit() {
    const count = this.canvases.size, { clientWidth, clientHeight } = this.place;
    if (count === 0) return;
    const gap = 8, border = 6;
    const shape = Math.max(...[...this.canvases.values()].map((canvas) => ratio(canvas.shape)));
    let best = { columns: 1, wide: 0 };
    for (let columns = 1; columns <= count; columns += 1) {
      const rows = Math.ceil(count / columns);
      const wide = Math.min((clientWidth - gap * (columns - 1)) / columns - border, ((clientHeight - gap * (rows - 1)) / rows - border) * shape);
      if (wide > best.wide) best = { columns, wide };
    }
    this.place.style.setProperty("--columns", best.columns);
    this.place.style.setProperty("--wide", `${Math.floor(best.wide)}px`);
  }
}

const ratio = (shape = "1 / 1") => { const [width, height] = shape.split("/"); return width / height; };
