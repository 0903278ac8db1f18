/**
 * The one-file report: a page of text, numbers and images that opens offline and can be handed on as it is.
 * The same content gives the same bytes.
 */
import { sortTable } from './sort-table.ts'
import { escapeText, fontFamily } from './svg.ts'

export type Part =
  | { kind: 'text'; text: string }
  /** an SVG drawing */
  | { kind: 'figure'; svg: string; caption?: string }
  /** `sortable`: by a click on a column, and to be filtered by words */
  | { kind: 'table'; columns: readonly string[]; rows: readonly (readonly Cell[])[]; sortable?: boolean }
  /** `wide`: items of two or more images, which want room */
  | { kind: 'gallery'; items: readonly GalleryItem[]; total: number; wide?: boolean }
  | Live

/** What stands in a table: words, a number, or words with more behind them. */
export type Cell =
  | string
  | number
  | {
      text: string
      /** where it leads */
      href?: string
      /** a small drawing after the words */
      svg?: string
      /** what it sorts by, where that is not what it says */
      sort?: number
      /** shown where one points at it */
      title?: string
    }

/** Markup that a script of its own brings to life: films, maps that answer to the pointer. */
export interface Live {
  kind: 'live'
  /** trusted HTML */
  markup: string
  /** what the script is given; JSON */
  data: unknown
  /** the source of a function (figure: HTMLElement, data) => void that needs nothing from outside itself */
  script: string
  caption?: string
}

export interface GalleryItem {
  /** data URIs, side by side */
  images: readonly string[]
  /** words under each of the images */
  names?: readonly string[]
  title: string
  lines?: readonly string[]
  /** smaller images below, to compare with */
  strip?: {
    title: string
    images: readonly {
      /** data URI */
      image: string
      /** what it is, for those who point at it or cannot see it */
      title: string
      name: string
      /** colour of a frame */
      frame?: string
    }[]
  }
}

export interface Report {
  title: string
  /** one or two sentences: what is to be seen */
  summary: string
  /** the numbers that matter most, shown large */
  figures?: readonly { label: string; value: string }[]
  sections: readonly { title: string; parts: readonly Part[] }[]
  /** how it was made: command, version, seed */
  footer: string
}

/** A page, and the drawings that are written beside it, by name. */
export interface DrawnPage {
  report: Omit<Report, 'footer'>
  drawings: Readonly<Record<string, string>>
}

export function renderReport({ title, summary, figures = [], sections, footer }: Report): string {
  const numbers = figures
    .map(
      ({ label, value }) =>
        `<div><strong>${escapeText(value)}</strong><span>${escapeText(label)}</span></div>`,
    )
    .join('')
  const contents = sections
    .map(
      section =>
        `<section><h2>${escapeText(section.title)}</h2>${section.parts.map(renderPart).join('\n')}</section>`,
    )
    .join('\n')
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(title)}</title><style>${style}</style></head>
<body><main><header><h1>${escapeText(title)}</h1><p class="summary">${wordsOf(summary)}</p>${numbers ? `<div class="numbers">${numbers}</div>` : ''}</header>
${contents}
<footer>${escapeText(footer)}</footer></main></body></html>
`
}

function renderPart(part: Part): string {
  if (part.kind === 'text') return `<p>${wordsOf(part.text)}</p>`
  if (part.kind === 'figure') return renderFigure(part)
  if (part.kind === 'live') return renderLive(part)
  if (part.kind === 'table') return renderTable(part)
  const shown = part.items.length
  const words = shown < part.total ? `showing ${shown} of ${part.total}` : `all ${shown}`
  // That one image is all of one goes without saying.
  const count = part.total === 1 ? '' : `<p class="count">${words}</p>`
  return `${count}<div class="gallery${part.wide ? ' wide-items' : ''}">${part.items.map(renderItem).join('')}</div>`
}

/** Up to this width two drawings stand side by side on a wide page. */
const small = 640

/** A phone shows a drawing at a size at which its words can be read, to be moved sideways, rather than all of it at once. */
function renderFigure({ svg, caption }: Extract<Part, { kind: 'figure' }>): string {
  const width = Number(/^<svg[^>]* width="([\d.]+)/.exec(svg)?.[1] ?? 0)
  const legible = Math.round(width <= small ? 0.8 * width : width)
  const under = caption ? `<figcaption>${wordsOf(caption)}</figcaption>` : ''
  return `<figure class="${width > 0 && width <= small ? 'small' : 'broad'}"><div class="drawing" style="--legible:${legible}px">${svg}</div>${under}</figure>`
}

function renderLive({ markup, data, script, caption }: Live): string {
  // Only in this form no text among the data can end the element that it stands in.
  const json = JSON.stringify(data).replaceAll('<', '\\u003c')
  const under = caption ? `<figcaption>${escapeText(caption)}</figcaption>` : ''
  return `<figure class="live">${markup}${under}<script type="application/json">${json}</script><script>{const figure = document.currentScript.parentElement;(${script})(figure, JSON.parse(figure.querySelector('script[type="application/json"]').textContent))}</script></figure>`
}

function renderItem({ images, names, title, lines = [], strip }: GalleryItem): string {
  const parts = images.map((image, at) => {
    const img = `<img src="${image}" alt="${escapeText(names ? `${title}: ${names[at]}` : title)}">`
    return names ? `<span>${img}<small>${escapeText(names[at])}</small></span>` : img
  })
  return `<figure class="item"><div>${parts.join('')}</div>${strip ? renderStrip(strip) : ''}<figcaption><b>${escapeText(title)}</b>${lines.map(line => `<br>${escapeText(line)}`).join('')}</figcaption></figure>`
}

function renderStrip({ title, images }: NonNullable<GalleryItem['strip']>): string {
  const parts = images.map(({ image, title, name, frame }) => {
    const style = frame ? ` style="outline:3px solid ${frame};outline-offset:-3px"` : ''
    return `<span title="${escapeText(title)}"><img src="${image}" alt="${escapeText(title)}"${style}><small>${escapeText(name)}</small></span>`
  })
  return `<p class="strip-title">${escapeText(title)}</p><div class="strip">${parts.join('')}</div>`
}

function renderTable({ columns, rows, sortable }: Extract<Part, { kind: 'table' }>): string {
  const heads = columns.map(name =>
    sortable ? `<th><button type="button">${escapeText(name)}</button></th>` : `<th>${escapeText(name)}</th>`,
  )
  const table = `<table><thead><tr>${heads.join('')}</tr></thead><tbody>${rows.map(row => `<tr>${row.map(renderCell).join('')}</tr>`).join('')}</tbody></table>`
  if (!sortable) return `<div class="wide">${table}</div>`
  return `<div class="sortable"><p><input type="search" placeholder="filter" aria-label="filter the rows"> <span role="status">${rows.length} of ${rows.length}</span></p><div class="wide">${table}</div><script>{const table = document.currentScript.parentElement;(${sortTable})(table)}</script></div>`
}

/** Characters from which a cell is given some or more room on a phone, where its table can be moved sideways. */
const [someRoom, moreRoom] = [14, 31]

function roomFor(text: string): string {
  if (text.length < someRoom) return ''
  return ` class="${text.length < moreRoom ? 'roomy' : 'long'}"`
}

/** A percentage and the sides of a grid stay on one line. */
const wordsOf = (text: string): string =>
  escapeText(text)
    .replace(/(\d) %/g, '$1\u00a0%')
    .replace(/(\d) × (?=\d)/g, '$1\u00a0×\u00a0')

function renderCell(cell: Cell): string {
  if (typeof cell === 'number') return `<td class="number">${cell}</td>`
  if (typeof cell === 'string') return `<td${roomFor(cell)}>${wordsOf(cell)}</td>`
  const { text, href, svg = '', sort, title } = cell
  const words =
    href === undefined ? escapeText(text) : `<a href="${escapeText(href)}">${escapeText(text)}</a>`
  const attributes = [
    ...(sort === undefined ? [] : [` class="number" data-sort="${sort}"`]),
    ...(title === undefined ? [] : [` title="${escapeText(title)}"`]),
  ]
  return `<td${attributes.join('')}>${words}${svg}</td>`
}

const style = `
:root{color-scheme:light dark;--ink:#1d2329;--pale:#5c6670;--line:#dde2e6;--paper:#fbfbf9;--card:#fff;--mark:#1a7f5a}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9eb;--pale:#9aa5ae;--line:#343b41;--paper:#16191c;--card:#1f2428;--mark:#5fcf9f}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 ${fontFamily}}
main{max-width:1080px;margin:0 auto;padding:40px 20px}h1{font-size:30px;line-height:1.2;margin:0 0 8px}h2{font-size:20px;margin:44px 0 12px;border-bottom:1px solid var(--line);padding-bottom:6px}
.summary{font-size:18px;color:var(--pale);max-width:65ch;margin:0}section p{max-width:72ch}
nav button{font:inherit;font-size:14px;padding:4px 10px;border:1px solid var(--line);border-radius:6px;background:var(--card);color:var(--ink);cursor:pointer}nav button[aria-pressed=true]{border-color:var(--mark);color:var(--mark);font-weight:600}
.numbers{display:flex;flex-wrap:wrap;gap:14px;margin:24px 0 0}.numbers div{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px 18px;min-width:120px}.numbers strong{display:block;font-size:26px;color:var(--mark)}.numbers span{color:var(--pale);font-size:14px}
figure{margin:16px 0}@media(min-width:1000px){figure.small{display:inline-block;vertical-align:top;width:calc(50% - 16px);margin-right:12px}}.drawing{overflow-x:auto;max-width:max-content;border:1px solid var(--line);border-radius:8px;background:#fff}.drawing>svg{display:block;max-width:100%;height:auto}@media(max-width:640px){.drawing>svg{max-width:max(100%,var(--legible))}}figcaption{color:var(--pale);font-size:14px;margin-top:6px;max-width:72ch}
.gallery{display:grid;grid-template-columns:repeat(auto-fill,minmax(236px,1fr));gap:16px}.gallery.wide-items{grid-template-columns:repeat(auto-fill,minmax(min(100%,500px),1fr))}.item{margin:0;background:var(--card);border:1px solid var(--line);border-radius:8px;overflow:hidden}.item div{display:flex}.item img{flex:1 1 0;min-width:0;width:50%;display:block;image-rendering:auto}.item span{flex:1 1 0;min-width:0}.item span img{width:100%}.item small{display:block;padding:2px 6px;font-size:12px;line-height:1.3;color:var(--pale);overflow-wrap:anywhere}.item .strip{gap:4px;padding:0 10px}.item .strip span{max-width:20%}.item .strip small{padding:2px 0}.strip-title{font-size:12px;color:var(--pale);margin:6px 10px 2px}.item figcaption{padding:8px 10px;margin:0;overflow-wrap:anywhere}
.count{color:var(--pale);font-size:14px;margin:4px 0 10px}.wide{overflow-x:auto}table{border-collapse:collapse;font-size:14px}th,td{padding:5px 12px;text-align:left;border-bottom:1px solid var(--line)}th button{all:unset;cursor:pointer;white-space:nowrap}th button:hover,th button:focus-visible{color:var(--mark)}th[aria-sort=ascending] button::after{content:' ▲'}th[aria-sort=descending] button::after{content:' ▼'}.sortable input{font:inherit;padding:4px 8px;border:1px solid var(--line);border-radius:6px;background:var(--card);color:inherit}.sortable p{color:var(--pale);font-size:14px}.sortable td{white-space:nowrap}.roomy{min-width:8em}.long{min-width:16em}a{color:var(--mark)}td svg{display:block}.number{text-align:right;font-variant-numeric:tabular-nums}
footer{margin-top:56px;color:var(--pale);font-size:13px;border-top:1px solid var(--line);padding-top:12px;overflow-wrap:anywhere}
@media print{.item,figure{break-inside:avoid}}`
