"use strict";
const find = document.getElementById("find");
if (find) {
  const word = document.getElementById("word");
  const shown = document.getElementById("shown");
  const form = document.getElementById("filter");
  const fold = document.getElementById("fold");
  const details = [...document.querySelectorAll("details.entry")];
  const entries = [...document.querySelectorAll(".entry")].map((node) => ({ node, text: node.textContent.toLowerCase() }));
  const apply = () => {
    const wanted = find.value.trim().toLowerCase();
    let number = 0;
    for (const { node, text } of entries) {
      node.hidden = !(text.includes(wanted) && (!word.value || node.dataset.word === word.value));
      number += node.hidden ? 0 : 1;
    }
    for (const section of document.querySelectorAll("section")) {
      const inside = section.querySelectorAll(".entry");
      section.hidden = inside.length > 0 && [...inside].every((node) => node.hidden);
    }
    shown.textContent = `${number} of ${entries.length} resources`;
  };
  const name = () => {
    fold.textContent = details.some((node) => !node.open) ? "Expand all" : "Collapse all";
    fold.hidden = details.length === 0;
  };
  fold.addEventListener("click", () => {
    const open = details.some((node) => !node.open);
    for (const node of details) node.open = open;
    name();
  });
  for (const node of details) node.addEventListener("toggle", name);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", apply);
  form.hidden = false;
  name();
  apply();
}
