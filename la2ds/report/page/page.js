"use strict";

// Tables that sort by a click on a heading and show the rows that hold some words. The page says the same without.

const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** A cell as what it is sorted by: its first number, or its words; undefined where there is nothing. */
function key(cell, numeric) {
  const text = cell.textContent.trim();
  if (text === "" || text === "–") return undefined;
  if (!numeric) return text.toLowerCase();
  const number = text.replace(/,/g, "").match(/[-+−]?\d+(\.\d+)?/);
  return number === null ? undefined : Number(number[0].replace("−", "-"));
}

function isNumeric(rows, column) {
  const texts = rows.map((row) => row.cells[column].textContent.trim()).filter((text) => text !== "" && text !== "–");
  return texts.length > 0 && texts.every((text) => /^[-+−]?\d/.test(text));
}

/** Whether less is better in a column of numbers: its best cell, which is bold, is the least one and not the largest. */
function lessIsBetter(rows, column) {
  const best = rows.find((row) => row.cells[column].querySelector("b"));
  const numbers = rows.map((row) => key(row.cells[column], true)).filter((number) => number !== undefined);
  return best !== undefined && key(best.cells[column], true) === Math.min(...numbers) && new Set(numbers).size > 1;
}

/** Sort by a column: from the best or largest number, words from the first; then the other way; then as it was. */
function sort(table, original, column, way) {
  const numeric = isNumeric(original, column);
  const rows = [...original];
  if (way !== "none") {
    const sign = way === "ascending" ? 1 : -1;
    rows.sort((a, b) => {
      const [x, y] = [key(a.cells[column], numeric), key(b.cells[column], numeric)];
      if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
      return sign * order(x, y);
    });
  }
  table.tBodies[0].append(...rows);
}

function makeSortable(table) {
  const original = [...table.tBodies[0].rows];
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    head.setAttribute("aria-sort", "none");
    const ways = isNumeric(original, column) && !lessIsBetter(original, column) ? ["descending", "ascending", "none"] : ["ascending", "descending", "none"];
    button.addEventListener("click", () => {
      const way = ways[(ways.indexOf(head.getAttribute("aria-sort")) + 1) % ways.length];
      heads.forEach((other) => other.setAttribute("aria-sort", other === head ? way : "none"));
      sort(table, original, column, way);
    });
  });
}

/** A field above tables that belong together: rows stay that hold every word in it. */
function makeFilter(group) {
  const rows = [...group.querySelectorAll("tbody tr")];
  if (rows.length < 4) return;
  const line = document.createElement("div");
  line.className = "filter";
  const input = document.createElement("input");
  input.type = "search";
  input.placeholder = "Show rows with …";
  input.setAttribute("aria-label", "Show rows with these words");
  const told = document.createElement("span");
  told.setAttribute("role", "status");
  line.append(input);
  const folds = [...group.querySelectorAll("details")];
  if (folds.length > 0) {
    const all = document.createElement("button");
    all.type = "button";
    const say = () => { all.textContent = folds.every((fold) => fold.open) ? "Close all parts" : "Open all parts"; };
    all.addEventListener("click", () => {
      const open = !folds.every((fold) => fold.open);
      folds.forEach((fold) => { fold.open = open; });
    });
    folds.forEach((fold) => fold.addEventListener("toggle", say));
    say();
    line.append(all);
  }
  line.append(told);
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      shown += !row.hidden;
    }
    told.textContent = words.length > 0 ? `${shown} of ${rows.length} rows` : "";
  });
  group.prepend(line);
}

document.querySelectorAll("table").forEach(makeSortable);
document.querySelectorAll(".tables").forEach(makeFilter);

/** A link into a part that is folded away opens it. */
function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let fold = target?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  target?.scrollIntoView();
}
window.addEventListener("hashchange", openTarget);
if (location.hash) openTarget();
