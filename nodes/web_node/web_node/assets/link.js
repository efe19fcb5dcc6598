// The connection to the node: opened again when it is lost, until the run is over.
const RETRY_MS = 700;

export class Link {
  constructor({ opened, closed, told, step }) {
    Object.assign(this, { opened, closed, told, step, isOver: false, painting: Promise.resolve() });
  }

  open() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/socket`);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => { this.socket = socket; this.opened(); };
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") this.hear(JSON.parse(data));
      else this.painting = this.painting.then(() => this.show(data));
    };
    socket.onclose = () => {
      this.socket = null;
      this.closed(this.isOver);
      if (!this.isOver) setTimeout(() => this.open(), RETRY_MS);
    };
  }

  hear(message) {
    if (message.about === "over") this.isOver = true;
    this.told(message);
  }

  say(what) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(what));
  }

  // One step: uint32 length of the head, the head (JSON), the JPEGs one behind the other.
  async show(data) {
    const length = new DataView(data).getUint32(0, true);
    const head = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
    let at = 4 + length;
    const pictures = await Promise.all(head.pictures.map(async ([name, size]) => {
      const jpeg = new Blob([new Uint8Array(data, at, size)], { type: "image/jpeg" });
      at += size;
      return [name, document.hidden ? null : await createImageBitmap(jpeg)];
    }));
    // Hidden pages are not painted, and would hold up what comes next.
    if (!document.hidden) await new Promise((painted) => { requestAnimationFrame(painted); setTimeout(painted, 100); });
    this.step(head.state, pictures);
    this.say({ say: "seen", frame: head.frame });
  }
}
