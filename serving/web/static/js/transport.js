// Sends a form and listens: how much has gone out, and the lines that come back.

const { outpaint, preview, health } = document.body.dataset;
export const ADDRESS = { outpaint, preview };

// What went wrong, in words for a person.
export class Refused extends Error {}

async function isUp() {
  const answer = await fetch(health, { cache: "no-store" }).catch(() => null);
  return Boolean(answer);
}

async function lost(sent, size) {
  if (!(await isUp())) return new Refused("The server cannot be reached; is it still running?");
  const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
  if (sent < size) {
    return new Refused(
      `The connection broke after ${megabytes(sent)} of ${megabytes(size)} MB were sent. The server is up: try again.`,
    );
  }
  return new Refused("The connection broke before the answer was here. The server is up: try again.");
}

function refusal(request) {
  try {
    return JSON.parse(request.responseText).error.message;
  } catch {
    return `The server answered ${request.status} ${request.statusText}.`;
  }
}

// XMLHttpRequest, for `fetch` does not tell how much of a form has been sent.
export function send(address, form, { headers = {}, signal, onSent = () => {}, onLine = () => {} }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let read = 0;
    let sent = 0;
    let size = 1;
    let last = null;
    const readLines = (end) => {
      const text = request.responseText;
      for (let at = text.indexOf("\n", read); at >= 0; at = text.indexOf("\n", read)) {
        last = JSON.parse(text.slice(read, at));
        read = at + 1;
        onLine(last);
      }
      if (end && read < text.length) last = JSON.parse(text.slice(read));
    };
    request.open("POST", address);
    Object.entries(headers).forEach(([name, value]) => request.setRequestHeader(name, value));
    request.upload.onprogress = ({ loaded, total }) => {
      sent = loaded;
      size = total;
      onSent(loaded, total);
    };
    request.onprogress = () => request.status === 200 && readLines(false);
    request.onload = () => {
      if (request.status !== 200) {
        reject(new Refused(refusal(request)));
        return;
      }
      try {
        readLines(true);
      } catch {
        last = null;
      }
      resolve(last);
    };
    request.onerror = async () => reject(await lost(sent, size));
    request.onabort = () => reject(new DOMException("stopped", "AbortError"));
    signal?.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

export function blobOf(base64, type) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return new Blob([bytes], { type });
}
