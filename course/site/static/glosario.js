// La definición de un término, al pasar por encima o al llegar con el teclado. Escape la quita; el enlace lleva al glosario.

(() => {
  const GAP = 8;

  function place(box, word) {
    const at = word.getBoundingClientRect();
    const width = Math.min(352, innerWidth - 2 * GAP);
    box.style.width = `${width}px`;
    box.style.left = `${Math.max(GAP, Math.min(at.left, innerWidth - width - GAP))}px`;
    const above = at.top > box.offsetHeight + 2 * GAP;
    box.style.top = `${above ? at.top - box.offsetHeight - GAP : at.bottom + GAP}px`;
  }

  function start() {
    const said = window.ORQUESTA_GLOSARIO ?? {};
    const box = document.createElement("div");
    box.id = "glosa";
    box.setAttribute("role", "tooltip");
    box.hidden = true;
    document.body.append(box);
    let leaving;
    const hide = () => {
      box.hidden = true;
      document.querySelector('[aria-describedby="glosa"]')?.removeAttribute("aria-describedby");
    };
    const later = () => {
      leaving = setTimeout(hide, 150);
    };
    const show = (word) => {
      clearTimeout(leaving);
      const found = said[word.hash.slice(1)];
      if (!found) return;
      hide();
      const name = document.createElement("b");
      name.textContent = found[0];
      box.replaceChildren(name, `: ${found[1]}`);
      box.hidden = false;
      word.setAttribute("aria-describedby", "glosa");
      place(box, word);
    };
    for (const word of document.querySelectorAll("a.termino")) {
      word.addEventListener("mouseenter", () => show(word));
      word.addEventListener("mouseleave", later);
      word.addEventListener("focus", () => show(word));
      word.addEventListener("blur", later);
    }
    box.addEventListener("mouseenter", () => clearTimeout(leaving));
    box.addEventListener("mouseleave", later);
    addEventListener("keydown", (event) => event.key === "Escape" && hide());
    addEventListener("scroll", hide, { passive: true });
  }

  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", start) : start();
})();
