// The desk by keyboard. A scan goes to the search box whatever has the focus, and only somebody who was
// called or sits down is saved with Enter: a scanner that sends Enter twice records nobody.
"use strict";

(() => {
  const find = (selector) => document.querySelector(selector);
  const isOff = () => localStorage.getItem("shortcuts") === "off";

  function sit() {
    const service = find("[data-service] :checked") || find("[data-service] input");
    service?.focus();
    service?.scrollIntoView({ block: "nearest" });
  }
  function inBox(event, box) {
    if (box.value.trim()) return;
    if (event.key === "Enter") {
      // Nothing to look for: Enter does what stands first for the open person.
      event.preventDefault();
      find("[data-default]")?.click();
    } else if ((event.key === "." || event.key === ",") && !isOff()) {
      event.preventDefault();
      find("[data-call]")?.click();
    }
  }
  function isTyping(target) {
    return target.matches("select, textarea, [contenteditable], input:not([type=radio], [type=checkbox])");
  }
  document.addEventListener("keydown", (event) => {
    const box = find("[data-scanned]");
    if (!box || find("dialog[open]") || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Enter" && event.repeat) event.preventDefault();
    else if (event.target === box) inBox(event, box);
    else if (isTyping(event.target)) return;
    else if (event.key === "." && !isOff()) {
      event.preventDefault();
      find("[data-call]")?.click();
    } else if (/^[0-9a-z]$/i.test(event.key) && event.target.closest("[data-person], .question")) {
      event.stopImmediatePropagation();
      box.focus();
    }
  }, true);
  document.addEventListener("click", (event) => { if (event.target.closest("[data-sit]")) sit(); });
})();
