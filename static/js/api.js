// Swagger UI draws its parts as h3 below the h1 of the page, and what is in them below that. Who listens to the page hears
// one level less, without a hole: the library draws anew whenever something opens.
"use strict";

(() => {
  const page = document.getElementById("swagger-ui");
  const put = () => {
    for (const head of page.querySelectorAll("h3:not([aria-level]), h4:not([aria-level]), h5:not([aria-level])"))
      head.setAttribute("aria-level", String(Number(head.tagName[1]) - 1));
  };
  new MutationObserver(put).observe(page, { childList: true, subtree: true });
  put();
})();
