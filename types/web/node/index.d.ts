/** Nothing: in tsconfig.web.json this stands in for @types/node, which the declarations of some packages ask for. */
export {}
