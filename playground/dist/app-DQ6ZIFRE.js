import{explorerPlugin as W}from"./vendor-NWSJC6F6.js";import{createGraphiQLFetcher as _}from"./vendor-NWSJC6F6.js";import{GraphiQL as g}from"./vendor-NWSJC6F6.js";import{createRef as G}from"./vendor-NWSJC6F6.js";import{createRoot as Q}from"./vendor-NWSJC6F6.js";var v=[{query:`# One walk over all three systems: units of Propstack with
# their people and documents, the handover protocols
# deep.rent holds about them, and the Propstreet projects
# that market them, with prospects. Press Ctrl+Enter to
# run it.
query ThreeSystems($first: Int! = 5) {
  properties(first: $first, orderBy: { field: ID }) {
    nodes {
      source { system id }
      reference
      name
      address { formatted }
      status { name }
      contacts(first: 3) {
        edges {
          role
          node { name emails }
        }
      }
      documents(first: 3) {
        nodes { title isPrivate }
      }
      protocols(first: 3) {
        edges {
          match { by confidence }
          node {
            source { system id }
            cause
            createdAt
            contacts { firstName lastName role }
          }
        }
      }
      projects(first: 3) {
        edges {
          match { by confidence }
          node {
            source { system id }
            name
            status
            prospects(first: 3) {
              nodes {
                classification
                investor { name companyName }
              }
            }
          }
        }
      }
    }
  }
}
`,variables:null},{query:`# Units for sale, the dearest first, five at a time. To
# turn the page, put the \`endCursor\` of the answer into
# the variable \`after\`; the cursor of any edge works as
# well.
query ForSale($filter: PropertyFilter, $orderBy: PropertyOrder, $first: Int!, $after: String) {
  properties(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    totalCount
    pageInfo { hasNextPage endCursor }
    edges {
      cursor
      node {
        reference
        title
        kind
        address { street houseNumber postalCode city }
        areas { livingSqm }
        rooms { total floor }
        sale {
          price { amount currency }
          pricePerSqm { amount currency }
        }
        development { title }
        broker { name }
      }
    }
  }
}
`,variables:`{
  "filter": { "offer": "SALE", "price": { "max": 900000 } },
  "orderBy": { "field": "PRICE", "direction": "DESC" },
  "first": 5,
  "after": null
}
`},{query:`# Handover protocols of deep.rent, each with its unit in
# Propstack. \`propertyMatch\` says what joined the two and
# how sure that is; where several units could be meant
# there is no edge: both fields are null.
query ProtocolToProperty($first: Int! = 10) {
  protocols(first: $first) {
    nodes {
      cause
      createdAt
      object {
        name
        address { formatted }
      }
      contacts {
        role
        firstName
        lastName
        contact { name roles }
      }
      propertyMatch { by confidence }
      property {
        reference
        name
        address { formatted }
      }
    }
  }
}
`,variables:null},{query:`# Open projects of Propstreet with their prospects: the
# investor in Propstreet's network beside the same person
# in Propstack, joined by reference or e-mail, and the
# units that are for sale.
query ProjectProspects($first: Int! = 3) {
  projects(filter: { status: OPEN }, first: $first) {
    nodes {
      name
      classification
      mandate
      asset { type propertyCount }
      price { amount currency }
      priceRange { minAmount maxAmount currency }
      teaser { stage publishedAt }
      prospects(first: 5) {
        nodes {
          classification
          origin
          investor { name companyName email tags }
          contactMatch { by confidence }
          contact { name phones { number } }
        }
      }
      properties(first: 5) {
        edges {
          match { by confidence }
          node { reference name }
        }
      }
    }
  }
}
`,variables:null},{query:`# Everything about one person: the units in Propstack and
# the role played in each, the protocols of deep.rent that
# name them, and the projects of Propstreet they are a
# prospect of.
query OneContact {
  contacts(filter: { kinds: [OWNER] }, first: 1) {
    nodes {
      name
      company
      emails
      phones { kind number }
      address { formatted }
      status { name kind }
      roles
      gdprStatus
      properties(first: 5) {
        edges {
          role
          node { reference name }
        }
      }
      protocols(first: 5) {
        edges {
          match { by confidence }
          node {
            cause
            createdAt
            property { reference }
          }
        }
      }
      prospects(first: 5) {
        edges {
          match { by confidence }
          node {
            classification
            project { name status }
          }
        }
      }
    }
  }
}
`,variables:null},{query:`# Every record has a global id. Run this once, copy ids
# from the answer into the variable \`ids\` and run it
# again: \`nodes\` reads records of any kind, in the order
# in which they were asked for.
query ById($ids: [ID!]!) {
  properties(first: 2) {
    nodes { id }
  }
  protocols(first: 2) {
    nodes { id }
  }
  projects(first: 2) {
    nodes { id }
  }
  nodes(ids: $ids) {
    id
    __typename
    ... on Property { reference title }
    ... on Protocol { cause createdAt }
    ... on Project { name etag }
  }
}
`,variables:`{
  "ids": []
}
`},{query:`# When was each record fetched, and from where? Run it
# twice and watch \`servedFrom\`. A system that is down
# costs only its own field: null, with a code in \`errors\`.
# The others still answer.
query Freshness {
  properties(first: 2) {
    nodes {
      reference
      freshness { ...Answer }
    }
  }
  protocols(first: 2) {
    nodes {
      cause
      freshness { ...Answer }
    }
  }
  projects(first: 2) {
    nodes {
      name
      freshness { ...Answer }
    }
  }
}

fragment Answer on Freshness {
  fetchedAt
  servedFrom
  isStale
}
`,variables:null},{query:`# For administrators: asks a system whether it accepts the
# credentials, and what they may do. What the last check
# of each system found is in the root \`integrations\` of a
# query.
mutation CheckIntegration($input: CheckIntegrationInput!) {
  checkIntegration(input: $input) {
    integration {
      system
      status
      isConfigured
      checkedAt
      permissions
      keyHint
      problem
    }
    errors { code message path }
  }
}
`,variables:`{
  "input": { "system": "PROPSTACK" }
}
`},{query:`# For administrators: a token for a partner's program. Its
# \`secret\` is in this answer and never again. The root
# \`accessTokens\` lists those that there are, and
# \`revokeAccessToken\` takes one back.
mutation CreateToken($input: CreateAccessTokenInput!) {
  createAccessToken(input: $input) {
    secret
    accessToken {
      id
      name
      hint
      role
      scopes
      createdBy
      createdAt
      expiresAt
      lastUsedAt
    }
    errors { code message path }
  }
}
`,variables:`{
  "input": {
    "name": "Portal of a partner",
    "role": "PARTNER",
    "scopes": ["PROPERTY_READ", "DOCUMENT_READ"]
  }
}
`},{query:`# For administrators: how the systems are connected, which
# tokens there are, and who did what. Run the two tabs
# before this one first.
query Administration {
  integrations {
    system
    status
    isConfigured
    checkedAt
    permissions
    keyHint
    problem
  }
  accessTokens {
    id
    name
    hint
    role
    scopes
    expiresAt
    lastUsedAt
  }
  auditLog(first: 20) {
    nodes {
      at
      actor
      action
      target
      outcome
    }
  }
}
`,variables:null},{query:`# A project in Propstreet. Run it twice: the second time
# the same key is told what the first one came to. Send
# the \`etag\` with \`updateProject\` and nobody's change is
# overwritten unseen.
mutation NewProject($input: CreateProjectInput!) {
  createProject(input: $input) {
    project {
      id
      name
      asset { type propertyCount }
      mandate
      price { value scale amount currency }
      externalReferences { namespace id }
      etag
    }
    errors { __typename code message path }
  }
}
`,variables:`{
  "input": {
    "name": "Kontorhaus Nord",
    "asset": { "type": "PORTFOLIO", "propertyCount": 3 },
    "mandate": "EXCLUSIVE",
    "price": { "value": "149.95", "scale": "MILLIONS", "currency": "EUR" },
    "externalReferences": [{ "namespace": "hubspot", "id": "deal-17" }],
    "idempotencyKey": "kontorhaus-nord-1"
  }
}
`}];import{useEditorContext as q}from"./vendor-NWSJC6F6.js";import{useEffect as R,useState as M}from"./vendor-NWSJC6F6.js";import{jsx as s,jsxs as c}from"./vendor-NWSJC6F6.js";var I={PROPSTACK:"Propstack",DEEPRENT:"deep.rent",PROPSTREET:"Propstreet"},P=e=>I[e]??e,y=(e,n,o=`${n}s`)=>`${e.toLocaleString("en")} ${e===1?n:o}`,x=(e,n)=>e.reduce((o,r)=>o+r[n],0),m=e=>`${e<10?e.toFixed(1):Math.round(e)} ms`,j=e=>`${(e/1e3).toFixed(e<1e4?1:0)} kB`;function L({calls:e,hits:n,elapsedMs:o}){let r=x(e.filter(({keys:t})=>t>1),"keys");return[e.length>0&&y(e.length,"upstream call"),e.length===0&&`No upstream call: ${n.length>0?"answered from the cache":"nothing asked"}`,r>0&&`${y(r,"record")} by id`,m(o),n.length>0&&`${x(n,"keys").toLocaleString("en")} from cache`].filter(Boolean).join(", ")}function O({status:e,outcome:n,attempt:o,isShared:r}){let t=e>=200&&e<300;return[o>1&&`attempt ${o}`,n==="ANSWERED"?!t&&`status ${e}`:n.toLowerCase(),r&&"shared"].filter(Boolean)}function F(e){let n=10**Math.floor(Math.log10(e/4)),o=[1,2,5,10].map(r=>r*n).find(r=>e/r<=5);return Array.from({length:Math.floor(.9*e/o)+1},(r,t)=>t*o)}function N({system:e}){return c("th",{scope:"row","data-system":e,children:[s("span",{className:"cost-swatch","aria-hidden":"true"}),P(e)]})}function $({operation:e,keys:n}){return c("td",{className:"cost-operation",children:[e,n>1&&c("b",{children:[" ×",n]})]})}function D({call:e,end:n}){let o=O(e).join(", "),r=e.outcome!=="ANSWERED"||e.status>=400,t=e.startMs+e.durationMs,a=p=>`${100*p/n}%`,[i,h]=n-t>=e.startMs?["left",t]:["right",n-e.startMs],l={[i]:`min(${a(h)} + 6px, 100% - ${o.length+1}ch)`};return c("tr",{"data-system":e.system,title:`from ${m(e.startMs)} to ${m(t)}`,children:[s(N,{system:e.system}),s($,{...e}),c("td",{className:"cost-time",children:[s("span",{className:"cost-bar","data-failed":r,"data-shared":e.isShared,style:{left:a(e.startMs),width:a(e.durationMs)}}),o&&s("span",{className:"cost-remark",style:l,children:o})]}),s("td",{className:"cost-number",children:m(e.durationMs)}),s("td",{className:"cost-number",children:e.bytes>0&&j(e.bytes)})]})}function B({hit:e}){return c("tr",{"data-system":e.system,className:"cost-hit",children:[s(N,{system:e.system}),s($,{...e}),c("td",{colSpan:3,children:["from cache, ",y(e.ageSeconds,"second")," old",e.isStale&&", stale"]})]})}function z({calls:e,hits:n,elapsedMs:o}){let r=Math.max(o,.1,...e.map(({startMs:t,durationMs:a})=>t+a));return c("table",{className:"cost-chart",children:[s("thead",{children:c("tr",{children:[s("th",{scope:"col",children:"System"}),s("th",{scope:"col",children:"Operation"}),s("th",{scope:"col",className:"cost-time","aria-label":"Time",children:F(r).map(t=>s("span",{className:"cost-tick",style:{left:`${100*t/r}%`},children:Number(t.toPrecision(6))},t))}),s("th",{scope:"col",className:"cost-number",children:"Took"}),s("th",{scope:"col",className:"cost-number",children:"Size"})]})}),c("tbody",{children:[e.map((t,a)=>s(D,{call:t,end:r},`call ${a}`)),n.map((t,a)=>s(B,{hit:t},`hit ${a}`))]})]})}function U(e){return e===void 0?"Upstream calls are shown here when an operation has run.":e===null?"No upstream call: nothing was executed":L(e)}function S({told:e}){let{tabs:n,activeTabIndex:o}=q({nonNull:!0}),r=n[o]?.id,[t,a]=M({});R(()=>{e.current=l=>a(p=>({...p,[r]:l}))},[e,r]);let i=t[r],h=i?i.calls.length+i.hits.length:0;return c("details",{className:"cost",open:!0,children:[c("summary",{children:[s("span",{role:"status",children:U(i)}),i?.budgets.map(({system:l,left:p})=>c("span",{className:"cost-budget","data-system":l,children:[s("span",{className:"cost-swatch","aria-hidden":"true"}),P(l),": ",p.toLocaleString("en")," left"]},l))]}),h>0&&s("div",{className:"cost-rows",role:"region","aria-label":"Upstream calls",tabIndex:0,children:s(z,{...i})})]})}import{jsx as d,jsxs as u}from"./vendor-NWSJC6F6.js";var H=[W({showAttribution:!1})];function K(){return u("svg",{className:"wordmark-mark",viewBox:"0 0 24 24","aria-hidden":"true",children:[d("path",{d:"M4.5 20.5V11L12 4l7.5 7v9.5zM4.5 11l7.5 3.5 7.5-3.5M12 14.5v6"}),d("circle",{cx:"12",cy:"4",r:"2.3"}),d("circle",{cx:"4.5",cy:"11",r:"2.3"}),d("circle",{cx:"19.5",cy:"11",r:"2.3"}),d("circle",{cx:"12",cy:"14.5",r:"2.3"})]})}function V({simulated:e}){return u("div",{className:"wordmark",children:[e&&d("span",{className:"simulated",title:"Propstack, deep.rent and Propstreet are played by this program; the data is invented.",children:"simulated upstreams"}),d(K,{}),d("h1",{children:"Hausgraph"})]})}var A="x-hausgraph-explain";function X(e,n,o){let t=_({url:e,enableIncrementalDelivery:!1,headers:{accept:"application/json"}});return async(a,{headers:i,...h}={})=>{if(a.operationName==="IntrospectionQuery")return t(a,{...h,headers:i??n});let l=o.current,p=Object.keys(i??{}).some(T=>T.toLowerCase()===A),f=await t(a,{...h,headers:p?i:{...i,[A]:"1"}}),{hausgraph:b,...w}=f.extensions??{};if(l?.(b??null),!b||p)return f;let{extensions:Z,...k}=f;return Object.keys(w).length>0?{...k,extensions:w}:k}}function Y({graphql:e,token:n,simulated:o}){let r={Authorization:`Bearer ${n??""}`},t=JSON.stringify(r,null,2),a=G();return u(g,{fetcher:X(e,r,a),plugins:H,defaultTabs:v.map(i=>({...i,headers:t})),defaultHeaders:t,defaultEditorToolsVisibility:n?"variables":"headers",inputValueDeprecation:!0,schemaDescription:!0,children:[d(g.Logo,{children:d(V,{simulated:o})}),d(g.Footer,{children:d(S,{told:a})})]})}async function J(){let e=await fetch("/playground/config.json");if(!e.ok)throw new Error(`/playground/config.json answered ${e.status}`);return e.json()}var E=Q(document.getElementById("playground"));J().then(e=>E.render(d(Y,{...e})),e=>E.render(u("p",{className:"unreachable",role:"alert",children:["The gateway does not answer: ",e.message]})));
