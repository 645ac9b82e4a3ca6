// The phone's own clock goes with the sign; the server decides whether it can be right.
for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", () => {
    const clock = form.querySelector("[data-clock]");
    if (clock instanceof HTMLInputElement) clock.value = new Date().toISOString();
  });
}
