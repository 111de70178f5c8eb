// What runs inside the page. Each function is sent there by itself, so none may call another.

// GitHub draws with Mermaid's default theme and limits, and lets no diagram carry scripts.
export function setUp() {
  globalThis.mermaid.initialize({
    startOnLoad: false,
    securityLevel: "strict",
    theme: "default",
    maxTextSize: 50_000,
    maxEdges: 500,
    suppressErrorRendering: true,
  });
}

// Reads and draws one diagram; the problem in words, "" if there is none.
export async function drawBlock(source) {
  if (source.length > 50_000) return `it has ${source.length} characters, and GitHub draws at most 50000`;
  try {
    await globalThis.mermaid.parse(source);
    const { svg } = await globalThis.mermaid.render("drawn", source);
    return svg.includes("aria-roledescription=\"error\"") ? "Mermaid draws an error" : "";
  } catch (error) {
    return String(error?.message ?? error);
  }
}

// Draws the page's diagrams and unfolds everything; gives the problems in words.
export async function drawPage() {
  const problems = [];
  for (const [index, block] of [...document.querySelectorAll('pre[lang="mermaid"]')].entries()) {
    try {
      const { svg } = await globalThis.mermaid.render(`graph-${index}`, block.textContent);
      const drawing = document.createElement("div");
      drawing.className = "drawing";
      drawing.innerHTML = svg;
      block.replaceWith(drawing);
    } catch (error) {
      problems.push(`Mermaid block ${index + 1} isn't drawn: ${error?.message ?? error}`);
    }
  }
  for (const fold of document.querySelectorAll("details")) fold.open = true;
  await document.fonts.ready;
  return problems;
}

// What is wider than the comment; GitHub would cut it or make it scroll.
export function measurePage() {
  const body = document.querySelector(".markdown-body");
  const edge = body.getBoundingClientRect().right - parseFloat(getComputedStyle(body).paddingRight) + 1;
  const tooWide = (element) => {
    if (element.closest("svg") && element.tagName !== "svg") return false; // drawn to scale
    const scrolls = getComputedStyle(element).overflowX !== "visible";
    if (scrolls && element.scrollWidth > element.clientWidth + 1) return true;
    const holder = element.parentElement.closest("table, pre"); // scrolls, and is measured itself
    return !holder && element.getBoundingClientRect().right > edge;
  };
  return [...body.querySelectorAll("*")].filter(tooWide).map((element) => {
    const words = element.textContent.trim().replace(/\s+/g, " ").slice(0, 60);
    return `<${element.tagName.toLowerCase()}> is wider than the comment: ${words}`;
  });
}

// Signs that this machine has no font for: a picture would show boxes in their place.
export function missingSigns() {
  const body = document.querySelector(".markdown-body");
  const pen = new OffscreenCanvas(40, 40).getContext("2d", { willReadFrequently: true });
  pen.font = `20px ${getComputedStyle(body).fontFamily}`;
  const look = (sign) => {
    pen.clearRect(0, 0, 40, 40);
    pen.fillText(sign, 4, 28);
    return pen.getImageData(0, 0, 40, 40).data.join();
  };
  const box = look("\u{10fffd}"); // private: no font has it
  const shown = new Set([...body.textContent].filter((sign) => sign > "\u007f" && !/[\p{M}\p{C}\p{Z}]/u.test(sign)));
  return [...shown]
    .filter((sign) => look(sign) === box)
    .map((sign) => `no font here has ${sign} (U+${sign.codePointAt(0).toString(16).toUpperCase()})`);
}

// Only the folds that the picture is to show stay unfolded.
export function foldPage() {
  for (const fold of document.querySelectorAll("details")) fold.open = fold.hasAttribute("data-shown");
}
