// Las preguntas y las apuestas de un capítulo, contestadas sin kernel. La fuente es el texto del capítulo: la lista de
// opciones «(a) …» y, detrás, la respuesta plegada, que empieza por la letra buena. Sin este archivo se leen igual.

(() => {
  const OPTION = /^\s*\((\w)\)\s*/;
  const RIGHT = "Eso es.";
  const WRONG = "Esa no es. Mira qué la distingue y prueba otra, o abre la respuesta.";

  function buttons(list) {
    const items = [...list.children];
    if (items.length < 2 || !items.every((item) => OPTION.test(item.textContent))) return [];
    list.classList.add("opciones");
    return items.map((item) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "opcion";
      button.setAttribute("aria-pressed", "false");
      button.dataset.letter = item.textContent.match(OPTION)[1];
      // Un párrafo no cabe en un botón: se queda lo que lleva dentro, y los enlaces como texto.
      const inside = item.children.length === 1 && item.firstElementChild.tagName === "P" ? item.firstElementChild : item;
      button.append(...inside.childNodes);
      for (const link of button.querySelectorAll("a")) link.replaceWith(...link.childNodes);
      item.replaceChildren(button);
      return button;
    });
  }

  function verdict(list) {
    const line = document.createElement("p");
    line.className = "veredicto";
    line.setAttribute("role", "status");
    list.after(line);
    return line;
  }

  function press(all, chosen) {
    for (const button of all) button.setAttribute("aria-pressed", String(button === chosen));
  }

  function ask(list, answer, tally) {
    const right = answer.querySelector("b")?.textContent.match(OPTION)?.[1];
    const all = right ? buttons(list) : [];
    if (all.length === 0) return;
    const line = verdict(list);
    const question = { tries: 0, done: false };
    tally.questions.push(question);
    for (const button of all) {
      button.addEventListener("click", () => {
        const good = button.dataset.letter === right;
        press(all, button);
        button.classList.add(good ? "buena" : "otra");
        if (!question.done) question.tries += 1;
        line.textContent = good ? RIGHT : WRONG;
        if (good) {
          question.done = true;
          answer.open = true;
        }
        tally.tell();
      });
    }
  }

  function bet(list) {
    const all = buttons(list);
    if (all.length === 0) return;
    const line = verdict(list);
    for (const button of all) {
      button.addEventListener("click", () => {
        press(all, button);
        line.textContent = `Apuestas por la (${button.dataset.letter}). Sigue leyendo: decide la celda.`;
      });
    }
  }

  function tallyAfter(last) {
    const line = document.createElement("p");
    line.className = "recuento";
    line.setAttribute("role", "status");
    last.after(line);
    const questions = [];
    return {
      questions,
      tell() {
        const done = questions.filter((one) => one.done);
        const first = done.filter((one) => one.tries === 1).length;
        line.textContent = `Contestadas ${done.length} de ${questions.length}; a la primera, ${first}.`;
      },
    };
  }

  function start() {
    const article = document.querySelector("article") ?? document.body;
    const answers = [...article.querySelectorAll("details")].filter(
      (one) => one.querySelector("summary")?.textContent.trim() === "Respuesta" && one.previousElementSibling?.tagName === "UL",
    );
    if (answers.length > 0) {
      const tally = tallyAfter(answers[answers.length - 1]);
      for (const answer of answers) ask(answer.previousElementSibling, answer, tally);
    }
    for (const list of article.querySelectorAll("blockquote ul")) bet(list);
  }

  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", start) : start();
})();
