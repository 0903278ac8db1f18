// npx vite examples/tsne-live: threads share memory only in a page that is isolated by these headers.
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}
export default { server: { headers }, preview: { headers } }
