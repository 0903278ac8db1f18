/** One HTML file that holds its program, its styles and its data, and whose own rules forbid it to load anything. */
import { escapeText } from '../../../src/figures/svg.ts'

export interface FileContent {
  title: string
  /** a script */
  program: string
  /** a style sheet */
  style: string
  /** read by the program as JSON, by the id of its element */
  data: Readonly<Record<string, unknown>>
  /** base64, by the id of its element */
  held?: Readonly<Record<string, string>>
  /** whether it runs WebAssembly in a worker that it makes itself */
  computes?: boolean
}

export function htmlOf({ title, program, style, data, held = {}, computes = false }: FileContent): string {
  // Nothing may be loaded: not by mistake either.
  const policy = [
    "default-src 'none'",
    `script-src 'unsafe-inline'${computes ? " 'wasm-unsafe-eval' blob:" : ''}`,
    ...(computes ? ['worker-src blob:', 'connect-src blob: data:'] : []),
    "style-src 'unsafe-inline'",
    'img-src data: blob:',
    'font-src data:',
  ].join('; ')
  const elements = [
    ...Object.entries(data).map(
      ([id, content]) =>
        `<script type="application/json" id="${id}">${JSON.stringify(content).replaceAll('<', '\\u003c')}</script>`,
    ),
    ...Object.entries(held).map(([id, text]) => `<script type="text/plain" id="${id}">${text}</script>`),
  ].join('\n')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${escapeText(title)}</title>
<style>${style.replaceAll('</style', '<\\/style')}</style>
</head>
<body>
<div id="app"></div>
<noscript>This page is a program: switch on JavaScript for it.</noscript>
${elements}
<script>${scriptText(program)}</script>
</body>
</html>
`
}

/** What would end the element, or begin what its parser takes for a comment, stands only within strings. */
const scriptText = (program: string): string =>
  program.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--')
