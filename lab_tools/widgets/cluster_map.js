// El navegador solo cambia un dibujo por el siguiente, hecho en Python, y mueve las piezas que siguen en él.
// Lo que se puede abrir o enfocar (las tablas) no se sustituye nunca: se rellena, para no perder el foco.

const PODS = ["Pod", "STATUS", "Estado", "Nodo", "Imagen", "Revisión"];
const NODES = ["Nodo", "Estado", "Pods", "CPU", "Memoria"];
const BREAK = 600;
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function places(svg) {
  const found = new Map();
  for (const pod of svg?.querySelectorAll("g.pod[data-key]") ?? []) found.set(pod.dataset.key, pod.getBoundingClientRect());
  return found;
}

function animate(svg, before) {
  if (STILL.matches || before.size === 0) return;
  for (const pod of svg.querySelectorAll("g.pod[data-key]")) {
    const was = before.get(pod.dataset.key);
    const now = pod.getBoundingClientRect();
    // `translate` se suma al atributo `transform` que coloca la pieza.
    const frames = was
      ? [{ translate: `${was.x - now.x}px ${was.y - now.y}px` }, { translate: "0px 0px" }]
      : [{ opacity: 0 }, { opacity: 1 }];
    pod.animate(frames, { duration: 280, easing: "ease-out" });
  }
}

function fillTable(body, columns, rows) {
  body.replaceChildren(
    ...rows.map((row) => {
      const line = make("tr");
      columns.forEach((column, index) => {
        const cell = make(index ? "td" : "th", "", row[column]);
        if (!index) cell.scope = "row";
        line.append(cell);
      });
      return line;
    }),
  );
}

function buildTable(box, caption, columns) {
  const table = make("table");
  table.append(make("caption", "", caption));
  const head = make("tr");
  for (const column of columns) {
    const cell = make("th", "", column);
    cell.scope = "col";
    head.append(cell);
  }
  const body = make("tbody");
  table.append(make("thead"), body);
  table.tHead.append(head);
  box.append(table);
  return body;
}

function render({ model, el }) {
  el.classList.add("orq-mapa", "orq-aqui");
  el.lang = "es";
  const light = make("span", "orq-vivo");
  const drawing = make("div", "orq-dibujo");
  const log = make("ul", "orq-cambios");
  const spoken = make("p", "orq-anuncio");
  spoken.setAttribute("role", "status");
  spoken.setAttribute("aria-live", "polite");
  const box = make("details", "orq-texto");
  box.append(make("summary", "", "Ver como texto"));
  const nodes = buildTable(box, "Nodos y lo que gastan", NODES);
  const pods = buildTable(box, "Pods", PODS);
  el.append(light, drawing, log, spoken, box);

  let shown = "";
  const paint = () => {
    const state = model.get("estado");
    const width = el.clientWidth || BREAK;
    const svg = width < BREAK ? state.estrecho : state.ancho;
    if (svg && svg !== shown) {
      const before = places(drawing.firstElementChild);
      drawing.innerHTML = svg;
      if (shown) animate(drawing.firstElementChild, before);
      shown = svg;
    }
  };
  const update = () => {
    const state = model.get("estado");
    paint();
    light.textContent = state.vivo ? "● en vivo" : "■ detenido";
    light.classList.toggle("orq-quieto", !state.vivo);
    log.replaceChildren(...state.cambios.map((said) => make("li", "", said)));
    log.hidden = state.cambios.length === 0;
    if (state.anuncio) spoken.textContent = state.anuncio;
    fillTable(nodes, NODES, state.nodos);
    fillTable(pods, PODS, state.filas);
  };

  model.on("change:estado", update);
  const observer = new ResizeObserver(paint);
  observer.observe(el);
  update();
  return () => {
    observer.disconnect();
    model.off("change:estado", update);
  };
}

export default { render };
