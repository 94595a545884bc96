/** Reading a code with the camera, where the browser can. */

/** Tell whether it can here: a camera needs a secure connection, and not every browser reads codes. */
export function canScan() {
  return "BarcodeDetector" in globalThis && Boolean(navigator.mediaDevices?.getUserMedia);
}

/**
 * Look through the camera until a code is read.
 *
 * @param {HTMLVideoElement} video - Shows what the camera sees.
 * @param {AbortSignal} signal - Ends it.
 * @returns {Promise<string>} The code; empty when it was ended.
 */
export async function scan(video, signal) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  try {
    video.srcObject = stream;
    await video.play();
    const detector = new globalThis.BarcodeDetector({ formats: ["qr_code", "code_128"] });
    while (!signal.aborted) {
      const found = await detector.detect(video);
      if (found.length) return found[0].rawValue.trim();
      await new Promise((done) => setTimeout(done, 150));
    }
    return "";
  } finally {
    for (const track of stream.getTracks()) track.stop();
  }
}
