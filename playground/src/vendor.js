// The libraries of the page, bundled by themselves: every name that app.jsx imports from a package.
export { explorerPlugin } from '@graphiql/plugin-explorer';
export { useEditorContext } from '@graphiql/react';
export { createGraphiQLFetcher } from '@graphiql/toolkit';
export { GraphiQL } from 'graphiql';
export { createRef, useEffect, useState } from 'react';
export { createRoot } from 'react-dom/client';
export { Fragment, jsx, jsxs } from 'react/jsx-runtime';
