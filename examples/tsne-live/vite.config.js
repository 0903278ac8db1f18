import { join } from 'node:path'

// npx vite examples/tsne-live: threads share memory only in a page that is isolated by these headers.
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}
// In a checkout the library is its sources; where glasshouse is installed, this line is not needed.
const alias = { 'glasshouse/web': join(import.meta.dirname, '../../src/web.ts') }
export default { server: { headers }, preview: { headers }, resolve: { alias } }
