/** What Vite makes of files that are no modules. */
declare module '*.css'
