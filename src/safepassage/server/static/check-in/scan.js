/** Reading a code with the camera, or in a picture of it where no camera can be looked through. */

/** The longer side of what is looked at, in pixels: larger costs time and shows no more. */
const LONGEST = 800;

/** @typedef {HTMLVideoElement | ImageBitmap} Seen */

/** Tell whether a camera can be looked through here: browsers lend it over a secure connection alone. */
export function canScan() {
  return Boolean(navigator.mediaDevices?.getUserMedia);
}

/** Return what reads a code: the browser itself where it can, else a library, of QR codes. */
async function reader() {
  const native = globalThis.BarcodeDetector;
  if (native && (await native.getSupportedFormats()).includes("qr_code")) {
    const detector = new native({ formats: ["qr_code", "code_128"] });
    return async (/** @type {Seen} */ seen) => (await detector.detect(seen))[0]?.rawValue.trim() ?? "";
  }
  await import("../vendor/jsqr/jsQR.js");
  const canvas = document.createElement("canvas");
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  return async (/** @type {any} */ seen) => {
    const [width, height] = [seen.videoWidth ?? seen.width, seen.videoHeight ?? seen.height];
    if (!width) return "";
    const smaller = Math.min(1, LONGEST / Math.max(width, height));
    canvas.width = Math.round(width * smaller);
    canvas.height = Math.round(height * smaller);
    context.drawImage(seen, 0, 0, canvas.width, canvas.height);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    return globalThis.jsQR(data, canvas.width, canvas.height)?.data.trim() ?? "";
  };
}

/**
 * Look through the camera until enough is read.
 *
 * @param {HTMLVideoElement} video - Shows what the camera sees.
 * @param {AbortSignal} signal - Ends it.
 * @param {(code: string) => boolean} enough - Told every code that is read.
 */
export async function scan(video, signal, enough) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  try {
    video.srcObject = stream;
    await video.play();
    const read = await reader();
    while (!signal.aborted) {
      const code = await read(video);
      if (code && !signal.aborted && enough(code)) return;
      await new Promise((done) => setTimeout(done, 150));
    }
  } finally {
    for (const track of stream.getTracks()) track.stop();
  }
}

/** Read the code in a picture; empty when none is seen. @param {Blob} picture */
export async function readPicture(picture) {
  const read = await reader();
  return read(await createImageBitmap(picture));
}
