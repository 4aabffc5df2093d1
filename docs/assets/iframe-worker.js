// Browsers start no worker from a file. Opened from disk, the search runs in a hidden frame instead.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      const frame = document.createElement("iframe");
      const answer = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
      this.ready = new Promise((ready) => {
        frame.hidden = true;
        frame.title = "search";
        frame.srcdoc = "<!doctype html><title>search</title>";
        frame.addEventListener("load", () => {
          const inside = frame.contentWindow;
          inside.postMessage = answer;
          const script = inside.document.createElement("script");
          script.src = url;
          script.addEventListener("load", () => ready(inside));
          inside.document.head.append(script);
        }, { once: true });
        document.body.append(frame);
      });
    }

    postMessage(data) {
      this.ready.then((inside) => inside.dispatchEvent(new inside.MessageEvent("message", { data })));
    }
  };
}
