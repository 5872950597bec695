// What is wrong with the page as the browser has it, a line each; nothing: "".  For report-browser.sh, in the page's window.
const faults = [];
const root = document.documentElement;

function describe(element) {
    return element.tagName.toLowerCase() + (element.className.baseVal || element.className ? "." +
        (element.className.baseVal || element.className) : "") + " " + JSON.stringify(element.textContent.trim().slice(0, 40));
}

// ---- nothing ran, nothing was fetched

if (performance.getEntriesByType("resource").length > 0)
    faults.push("fetched: " + performance.getEntriesByType("resource").map(e => e.name).join(" "));
if (document.scripts.length > 0 || document.images.length > 0 || document.querySelector("iframe,object,embed,link,form,base"))
    faults.push("an element that runs or fetches");
for (const element of document.querySelectorAll("*"))
    for (const attribute of element.attributes)
        if (/^on/i.test(attribute.name) || (attribute.name === "href" && !attribute.value.startsWith("#")))
            faults.push(attribute.name + " of " + describe(element));

// ---- as wide as the window: what is wider scrolls in its own box

if (root.scrollWidth > root.clientWidth)
    faults.push("the page is " + root.scrollWidth + " wide in a window of " + root.clientWidth);
for (const element of document.querySelectorAll("body *")) {
    const box = element.getBoundingClientRect();
    if (box.right > root.clientWidth + 1 && !element.closest(".scroll > *, nav > *"))
        faults.push("reaches " + Math.round(box.right) + ": " + describe(element));
}

// ---- for those who don't see it, or use the keyboard

const ids = new Set();
for (const element of document.querySelectorAll("[id]")) {
    if (ids.has(element.id)) faults.push("twice: #" + element.id);
    if (!/^[a-z]+(-title|[0-9]+)?$/.test(element.id)) faults.push("a name in an id: " + element.id);
    ids.add(element.id);
}
for (const link of document.querySelectorAll("a[href]"))
    if (!ids.has(link.getAttribute("href").slice(1))) faults.push("leads nowhere: " + link.getAttribute("href"));
for (const section of document.querySelectorAll("[aria-labelledby]"))
    if (!document.getElementById(section.getAttribute("aria-labelledby"))) faults.push("no label: " + describe(section));
for (const drawing of document.querySelectorAll("svg[role]"))
    if (!drawing.getAttribute("aria-label")) faults.push("a drawing without a label");
for (const table of document.querySelectorAll("table"))
    if (!table.caption || table.querySelectorAll("thead th[scope=col]").length !== table.rows[1].cells.length)
        faults.push("a table without caption, or with another number of cells than heads: " + describe(table));
let level = 0;
for (const heading of document.querySelectorAll("h1,h2,h3,h4")) {
    const own = Number(heading.tagName[1]);
    if (own > level + 1) faults.push("skips a level: " + describe(heading));
    level = own;
}
if (document.querySelectorAll("h1").length !== 1) faults.push("not one h1");

// ---- contrast, https://www.w3.org/TR/WCAG21/#contrast-minimum

function channels(colour) {
    return colour.match(/[\d.]+/g).map(Number);
}
function luminance(colour) {
    const [r, g, b] = channels(colour).map(c => c / 255).map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(a, b) {
    const [x, y] = [luminance(a), luminance(b)].sort((m, n) => n - m);
    return (x + 0.05) / (y + 0.05);
}
function ground(element) {
    for (; element; element = element.parentElement) {
        const colour = getComputedStyle(element).backgroundColor;
        if ((channels(colour)[3] ?? 1) === 1) return colour;
        const rect = element.tagName === "svg" && element.querySelector(":scope > rect");
        if (rect) return getComputedStyle(rect).fill;
    }
    return "rgb(255, 255, 255)";
}
const seen = new Set();
for (const element of document.querySelectorAll("body *")) {
    if (![...element.childNodes].some(node => node.nodeType === 3 && node.data.trim()) || element.closest("title")) continue;
    const style = getComputedStyle(element);
    const ink = element.closest("svg") ? style.fill : style.color;
    const under = ground(element);
    const key = ink + under;
    if (seen.has(key)) continue;
    seen.add(key);
    if (contrast(ink, under) < 4.5) faults.push(contrast(ink, under).toFixed(2) + " of " + ink + " on " + under + ": " + describe(element));
}
if (seen.size < 5) faults.push("hardly a text was looked at");

return faults.join("\n");
