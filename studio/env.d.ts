/** What Vite makes of files that are no modules. */
declare module '*.css'
declare module '*?worker' {
  const create: new () => Worker
  export default create
}
declare module '*?url' {
  const address: string
  export default address
}
