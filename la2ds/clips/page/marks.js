"use strict";

// Marked moments of both clips, and the table that `labels.csv` is: video,event,frame.

/** What a spreadsheet would compute begins so. */
const COMPUTED = /^[=+\-@\t\r]/;

/** One cell of the table. Of a name that spreadsheets would compute an apostrophe makes text. */
function cell(text) {
  const safe = COMPUTED.test(text) ? `'${text}` : text;
  return /[",;'\s]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

class Marks {
  /** `names` are the clips' file names by side; `changed` is called after every change. */
  constructor(names, changed) {
    Object.assign(this, { names, changed, list: [] });
  }

  /** Mark an event in frames by side, `{a: 3, b: 5}`; a name that is there moves. Gives what to tell. */
  add(text, frames) {
    const event = text.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ").trim();
    if (event === "") return "Give the moment a name.";
    if (COMPUTED.test(event)) return "A name may not begin with = + - or @, which spreadsheets compute.";
    for (const [side, frame] of Object.entries(frames)) {
      const other = this.list.find((mark) => mark.side === side && mark.frame === frame && mark.event !== event);
      if (other) return `Frame ${frame} of ${side.toUpperCase()} is marked as ${other.event}: each event needs its own.`;
    }
    this.list = this.list.filter((mark) => mark.event !== event || !(mark.side in frames));
    Object.entries(frames).forEach(([side, frame]) => this.list.push({ side, event, frame }));
    this.list.sort((one, two) => one.side.localeCompare(two.side) || one.frame - two.frame);
    this.changed();
    return `${event} is marked.`;
  }

  remove(mark) {
    this.list = this.list.filter((other) => other !== mark);
    this.changed();
  }

  get events() {
    return [...new Set(this.list.map((mark) => mark.event))];
  }

  /** What would keep the table from being read as labels of both clips, or nothing. */
  get hint() {
    const [a, b] = ["a", "b"].map((side) => this.list.filter((mark) => mark.side === side).map((mark) => mark.event));
    if (this.names.a === this.names.b && a.length > 0 && b.length > 0) return "Both files have one name: in the table they are one video.";
    if (a.length === 0 || b.length === 0 || a.join("\n") === b.join("\n")) return "";
    return "A and B have other events, or another order: labels need the same events in the same order in every video.";
  }

  csv() {
    const rows = this.list.map(({ side, event, frame }) => [cell(this.names[side]), cell(event), String(frame)]);
    // Spreadsheets know by the mark in front that this is UTF-8.
    return `\ufeff${[["video", "event", "frame"], ...rows].map((row) => row.join(",")).join("\n")}\n`;
  }
}

/** Hand a text over as a file. */
function save(text, name) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = html("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
