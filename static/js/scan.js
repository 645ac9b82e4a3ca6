// Reads a slip's QR code with the camera: on the device, nothing is kept or sent but the code.
"use strict";

(() => {
  const dialog = document.getElementById("scan");
  const video = dialog?.querySelector("video");
  if (!video) return;
  const canvas = document.createElement("canvas");
  const drawing = canvas.getContext("2d", { willReadFrequently: true });
  let stream = null;

  function show() {
    const button = document.querySelector("[data-camera]");
    if (button) button.hidden = !navigator.mediaDevices?.getUserMedia || !window.jsQR;
  }
  async function start() {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      dialog.querySelector("[data-scan-problem]").hidden = false;
      return;
    }
    video.srcObject = stream;
    await video.play();
    requestAnimationFrame(look);
  }
  function stop() {
    stream?.getTracks().forEach((track) => { track.stop(); });
    stream = null;
  }
  function look() {
    if (!stream) return;
    if (video.readyState === video.HAVE_ENOUGH_DATA) {
      canvas.width = video.videoWidth;
      canvas.height = video.videoHeight;
      drawing.drawImage(video, 0, 0);
      const found = window.jsQR(drawing.getImageData(0, 0, canvas.width, canvas.height).data, canvas.width, canvas.height);
      if (found && /^[0-9A-Z]{6,10}$/.test(found.data)) {
        dialog.close();
        const field = document.querySelector("[data-scanned]");
        field.value = found.data;
        field.form.requestSubmit();
        return;
      }
    }
    requestAnimationFrame(look);
  }
  document.addEventListener("click", (event) => { if (event.target.closest("[data-camera]")) start(); });
  document.addEventListener("htmx:afterSettle", show);
  dialog.addEventListener("close", stop);
  show();
})();
