/** What Vite makes of files that are no modules. */
declare module '*.css'
/** The address at which the file is served. */
declare module '*?url' {
  const address: string
  export default address
}
