import{explorerPlugin as en}from"./vendor-CYUNCTKI.js";import{GraphiQL as R}from"./vendor-CYUNCTKI.js";import{createRef as fe}from"./vendor-CYUNCTKI.js";import{createRoot as nn}from"./vendor-CYUNCTKI.js";var z=[{query:`# One walk over all three systems: units of Propstack with
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
`},{query:`# Prospects out of a CSV file: choose yours in the panel
# "Files" (the sheet with an arrow, on the left) and run.
# The first line names the columns: \`investorId\` or
# \`contactId\`, and \`reference:NAMESPACE\` for the names
# that other systems give to the prospect, such as
#
#   investorId,reference:hubspot
#   SW52ZXN0b3I6cGVyc29uLzMxMw,lead-1
#   SW52ZXN0b3I6cGVyc29uLzIzNg,lead-2
#
# One that cannot be added keeps no other from it: run it
# twice and see.
mutation ImportProspects($input: ImportProspectsInput!) {
  importProspects(input: $input) {
    created {
      index
      prospect {
        classification
        investor { name companyName }
        externalReferences { namespace id }
      }
    }
    failed { index code message }
    errors { code message path }
  }
}
`,variables:`{
  "input": {
    "projectId": "UHJvamVjdDo3MTIz",
    "file": null
  }
}
`},{query:`# A handover protocol's PDF from deep.rent into the
# documents of its unit in Propstack: private, and only
# once, however often you run it. deep.rent builds the PDF
# first where there is none: that takes a moment.
#
# \`fileProtocolPdfs\` does it for all protocols, in a job
# that \`importJobs\` shows.
mutation FileProtocol($input: FileProtocolPdfInput!) {
  fileProtocolPdf(input: $input) {
    wasDuplicate
    document { title url isPrivate tags }
    protocol { cause createdAt }
    property {
      reference
      documents(first: 10) { nodes { title } }
    }
    errors { code message path }
  }
}
`,variables:`{
  "input": {
    "protocolId": "UHJvdG9jb2w6MWtQRS16dWEyLThJbkYtUjgtYQ"
  }
}
`},{query:`# One box over the three systems: what was imported is
# searched, no system is asked. Try your own spelling:
# \`lindenstr\`, \`Lindenstrasse\`, \`LINDENSTRAßE 3\`, or a name.
query Search($text: String!) {
  search(text: $text, first: 10) {
    edges {
      score
      highlight
      node {
        __typename
        ... on Property { reference title }
        ... on Contact { name }
        ... on Protocol { cause object { name } }
        ... on Project { name }
        ... on Prospect { investor { name } }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`,variables:`{ "text": "lindenstr" }
`}];import{createGraphiQLFetcher as Ne}from"./vendor-CYUNCTKI.js";import{getNullableType as G,isInputObjectType as ve,isListType as B,isNonNullType as we,parse as xe,typeFromAST as ke}from"./vendor-CYUNCTKI.js";var U=e=>G(e).name==="Upload",W=e=>typeof e=="object"&&e!==null;function A(e){if(/^(\s|#.*)*$/.test(e??""))return[];try{return xe(e).definitions.filter(({kind:n})=>n==="OperationDefinition")}catch{return}}function j(e,n,r){return(n.variableDefinitions??[]).flatMap(({variable:o,type:t})=>{let s=o.name.value,a=ke(e,t);return a?[...N(a,r?.[s],[s])]:[]})}function*N(e,n,r,o,t=[]){let s=G(e),a=B(s)&&U(s.ofType);if(a||U(s))yield{path:r,type:String(e),isMany:a,description:o};else if(B(s)){if(n!=null&&!Array.isArray(n))return yield*N(s.ofType,n,r,o,t);let{length:c}=n??[];for(let d=0;d<Math.max(1,c);d+=1)yield*N(s.ofType,n?.[d],[...r,d],o,t)}else if(ve(s)){if(t.includes(s)&&!W(n))return;for(let i of Object.values(s.getFields())){let{name:c,type:d}=i;yield*N(d,n?.[c],[...r,c],i.description,[...t,s])}}}var _=e=>!N(e,void 0,[]).next().done;function H(e){return Object.values(e?.getMutationType()?.getFields()??{}).filter(({args:r})=>r.some(({type:o})=>_(o))).map(({name:r,args:o})=>{let t=o.filter(({type:i})=>we(i)||_(i)),s=t.map(i=>`$${i.name}: ${i.type}`).join(", "),a=t.map(i=>`${i.name}: $${i.name}`).join(", ");return{name:r,operation:`mutation (${s}) {
  ${r}(${a}) {
    __typename
  }
}`}})}function V(e,n){let r=n.reduce((s,{path:a,isMany:i,files:c})=>J(s,a,i?c.map(()=>null):null),e.variables),o=n.flatMap(({path:s,isMany:a,files:i})=>i.map((c,d)=>({file:c,path:["variables",...s,...a?[d]:[]].join(".")}))),t=new FormData;t.append("operations",JSON.stringify({...e,variables:r})),t.append("map",JSON.stringify(Object.fromEntries(o.map(({path:s},a)=>[a,[s]]))));for(let[s,{file:a}]of o.entries())t.append(s,a);return t}function J(e,[n,...r],o){let t=W(e)?e:typeof n=="number"?[]:{},s=Array.isArray(t)?[...t]:{...t};return s[n]=r.length>0?J(s[n],r,o):o,s}var Q="x-hausgraph-explain";function K(e,n,r,o){let t=a=>Ne({url:e,enableIncrementalDelivery:!1,headers:{accept:"application/json"},fetch:a}),s=t(window.fetch.bind(window));return(a,{headers:i,...c}={})=>{if(a.operationName==="IntrospectionQuery")return s(a,{...c,headers:i??n});let d=r.current,h=o.current?.(a)??[],g=Object.keys(i??{}).some(f=>f.toLowerCase()===Q),l={...c,headers:g?i:{...i,[Q]:"1"}};return Te(async f=>{let k=await t(h.length>0?Pe(h,f):(ye,ge)=>fetch(ye,{...ge,signal:f}))(a,l),{hausgraph:M,...S}=k.extensions??{};if(d?.(M??null),!M||g)return k;let{extensions:cn,...D}=k;return Object.keys(S).length>0?{...D,extensions:S}:D})}}function Pe(e,n){return async(r,{method:o,headers:t,body:s})=>{let a=await $e(e.flatMap(({files:c})=>c));if(a){let c=`${a.name} has changed since it was chosen, or is gone: choose it again in the panel "Files".`;return Response.json({errors:[{message:c}]})}let i=new Headers(t);return i.delete("content-type"),fetch(r,{method:o,headers:i,body:V(JSON.parse(s),e),signal:n})}}async function $e(e){let n=e.map(o=>o.slice(0,1).arrayBuffer().then(()=>!0,()=>!1)),r=(await Promise.all(n)).indexOf(!1);return e[r]}function Te(e){return{subscribe(n){let r=new AbortController,o=t=>s=>r.signal.aborted||t(s);return e(r.signal).then(o(t=>{n.next(t),n.complete()}),o(t=>n.error(t))),{unsubscribe:()=>r.abort()}}}}import{MarkdownContent as Me,useEditorContext as ee,useSchemaStore as L}from"./vendor-CYUNCTKI.js";import{useEffect as O,useId as Se,useMemo as Oe,useRef as ne,useState as X,useSyncExternalStore as Ie}from"./vendor-CYUNCTKI.js";var x=(e,n,r=`${n}s`)=>`${e.toLocaleString("en")} ${e===1?n:r}`;import{Fragment as q,jsx as p,jsxs as y}from"./vendor-CYUNCTKI.js";var w={},C=new Set,P={};function te(e){w=e;for(let n of C)n()}function Ee(e){return C.add(e),()=>C.delete(e)}function Y(e,n,r){let{[n]:o,...t}=w[e]??P;te({...w,[e]:r.length>0?{...t,[n]:r}:t})}var re=e=>Ie(Ee,()=>w[e]??P);function I(){let{tabs:e,activeTabIndex:n}=ee({nonNull:!0});return e[n]??P}var m=({path:e})=>e.join(".");function Ae(e){try{return JSON.parse(e)}catch{return}}function oe(){let{id:e,query:n,variables:r}=I(),{schema:o}=L(),t=ne(P),a=Oe(()=>A(n),[n])??(t.current.id===e?t.current.operations:[]);if(O(()=>{t.current={id:e,operations:a}}),!o)return{operations:a,places:[]};let i=Ae(r),c=new Map;for(let d of a)for(let h of j(o,d,i)){let g=c.get(m(h))??{...h,usedBy:[]};c.set(m(h),{...g,usedBy:[...g.usedBy,d.name?.value??"unnamed"]})}return{operations:a,places:[...c.values()]}}function se({attached:e}){let{tabs:n}=ee({nonNull:!0}),{id:r}=I(),{schema:o}=L();return O(()=>{e.current=({query:t,operationName:s,variables:a})=>{let c=((o&&A(t))??[]).find(({name:g})=>!s||g?.value===s),d=w[r]??P;return(c?j(o,c,a):[]).map(g=>({...g,files:d[m(g)]??[]})).filter(({files:g})=>g.length>0)}},[e,r,o]),O(()=>{let t=Object.entries(w).filter(([s])=>n.some(({id:a})=>a===s));t.length<Object.keys(w).length&&te(Object.fromEntries(t))},[n]),O(()=>{let t=s=>{s.defaultPrevented||!F(s)||(s.preventDefault(),s.dataTransfer.dropEffect="none")};return window.addEventListener("dragover",t),window.addEventListener("drop",t),()=>{window.removeEventListener("dragover",t),window.removeEventListener("drop",t)}},[]),null}var F=({dataTransfer:e})=>e?.types.includes("Files");function je(e){let n=re(I().id),{places:r}=oe(),o=r.some(t=>n[m(t)]);return y("svg",{viewBox:"0 0 24 24",fill:"none",stroke:"currentColor",strokeWidth:"1.6",strokeLinejoin:"round",strokeLinecap:"round",...e,children:[p("path",{d:"M13.5 3h-7A1.5 1.5 0 0 0 5 4.5v15A1.5 1.5 0 0 0 6.5 21h11a1.5 1.5 0 0 0 1.5-1.5V11M12 17.5v-6M9.5 14l2.5-2.5 2.5 2.5"}),r.length>0?p("circle",{className:"files-dot","data-chosen":o,cx:"19",cy:"5",r:"3.2"}):p("path",{d:"M13.5 3 19 8.5V11M13.5 3v5.5H19"})]})}var Z=["bytes","kB","MB","GB"];function ae(e){let n=e<1e3?0:Math.min(Z.length-1,Math.floor(Math.log10(e)/3)),r=e/1e3**n;return`${n>0&&r<10?r.toFixed(1):Math.round(r)} ${Z[n]}`}var Ce=e=>e.reduce((n,{size:r})=>n+r,0);function Fe(e,n,r,o){let t=[...o],s=new Map;for(let a of[r,...e.filter(i=>i!==r)].filter(Boolean)){let i=n[m(a)]??[];if(t.length===0)break;a.isMany?s.set(a,[...i,...t.splice(0)]):(a===r||i.length===0)&&s.set(a,[t.shift()])}return[s,t]}function Le({file:e,remove:n}){return y("li",{className:"files-file",children:[p("span",{className:"files-name",title:e.name,children:e.name}),p("span",{className:"files-size",children:ae(e.size)}),p("button",{type:"button",className:"graphiql-un-styled files-remove","aria-label":`Remove ${e.name}`,title:"Remove",onClick:n,children:p("svg",{viewBox:"0 0 12 12","aria-hidden":"true",children:p("path",{d:"m2 2 8 8M10 2l-8 8"})})})]})}function ie({files:e,set:n}){return p("ul",{className:"files-list",children:e.map((r,o)=>p(Le,{file:r,remove:()=>n(e.filter(t=>t!==r))},`${o} ${r.name}`))})}function qe({place:e,files:n,isOver:r,remarks:o,take:t,set:s}){let a=Se(),i=ne(null),c=m(e),d=`${n.length===0?"Choose":e.isMany?"Add":"Choose other"} ${e.isMany?"files":"file"}`;return y("li",{className:"files-place","data-path":c,"data-over":r,children:[y("h3",{className:"files-path",children:[c,y("span",{className:"files-type",children:[": ",e.type]})]}),o&&y("p",{className:"files-remark",children:["in ",o]}),e.description&&p(Me,{type:"description",children:e.description}),n.length>0&&p(ie,{files:n,set:h=>{s(h),i.current.focus()}}),y("div",{className:"files-chooser",children:[p("input",{ref:i,id:a,type:"file",multiple:e.isMany,"aria-label":`${d} for ${c}`,onChange:({target:h})=>{t([...h.files]),h.value=""}}),y("label",{htmlFor:a,className:"graphiql-button",children:[d,"…"]}),y("span",{"aria-hidden":"true",children:["or drop ",e.isMany?"them":"it"," here"]})]})]})}function Re({paths:e,held:n,set:r}){return e.length===0?null:y(q,{children:[p("p",{children:"Not sent, for no operation here has such a variable any more:"}),p("ul",{className:"files-places",children:e.map(o=>y("li",{className:"files-place",children:[p("h3",{className:"files-path",children:o}),p(ie,{files:n[o],set:t=>r(o,t)})]},o))})]})}function De(){let{schema:e}=L(),n=H(e);return y(q,{children:[y("p",{children:["No variable of this operation takes a file. Declare one of type ",p("code",{children:"Upload"}),", or of an input type that has one, and it is shown here with a chooser."]}),n.length>0&&p("p",{children:"These mutations take files:"}),n.map(({name:r,operation:o})=>p("pre",{className:"files-example",tabIndex:0,"aria-label":`How to begin with ${r}`,children:o},r))]})}function ze(e,n){let r=e.flatMap(t=>n[m(t)]??[]);if(r.length===0)return"No file is chosen: the operation is sent as JSON.";let o=r.length===1?"goes":"go";return`${x(r.length,"file")}, ${ae(Ce(r))}, ${o} along with the operation.`}function Be(){let{id:e}=I(),n=re(e),{operations:r,places:o}=oe(),[t,s]=X(null),[a,i]=X([]),c=(l,f)=>{i([]),Y(e,l,f)},d=(l,f)=>{let[T,k]=Fe(o,n,l,f);for(let[M,S]of T)Y(e,m(M),S);i(k)},h=l=>{let f=l.target.closest("[data-path]")?.dataset.path;return o.find(T=>m(T)===f)},g=Object.keys(n).filter(l=>!o.some(f=>m(f)===l));return y("section",{className:"files","aria-label":"Files",onDragOver:l=>{!F(l)||o.length===0||(l.preventDefault(),l.dataTransfer.dropEffect="copy",s(h(l)?m(h(l)):""))},onDragLeave:l=>l.currentTarget.contains(l.relatedTarget)||s(null),onDrop:l=>{s(null),!(!F(l)||o.length===0)&&(l.preventDefault(),d(h(l),[...l.dataTransfer.files]))},children:[p("h2",{className:"files-title",children:"Files"}),o.length===0?p(De,{}):y(q,{children:[p("ul",{className:"files-places",children:o.map(l=>p(qe,{place:l,files:n[m(l)]??[],isOver:t===m(l)||t===""&&!n[m(l)],remarks:r.length>1&&l.usedBy.join(", "),take:f=>d(l,f),set:f=>c(m(l),f)},m(l)))}),y("p",{role:"status",className:"files-status",children:[ze(o,n),a.length>0&&` There is no place for ${a.map(({name:l})=>l).join(", ")}.`]})]}),p(Re,{paths:g,held:n,set:c})]})}var ce={title:"Files",icon:je,content:Be};import{useEditorContext as Ue}from"./vendor-CYUNCTKI.js";import{useEffect as _e,useState as Ge}from"./vendor-CYUNCTKI.js";import{jsx as u,jsxs as b}from"./vendor-CYUNCTKI.js";var We={PROPSTACK:"Propstack",DEEPRENT:"deep.rent",PROPSTREET:"Propstreet"},de=e=>We[e]??e,le=(e,n)=>e.reduce((r,o)=>r+o[n],0),E=e=>`${e<10?e.toFixed(1):Math.round(e)} ms`,He=e=>`${(e/1e3).toFixed(e<1e4?1:0)} kB`;function Ve({calls:e,hits:n,elapsedMs:r}){let o=le(e.filter(({keys:t})=>t>1),"keys");return[e.length>0&&x(e.length,"upstream call"),e.length===0&&`No upstream call: ${n.length>0?"answered from the cache":"nothing asked"}`,o>0&&`${x(o,"record")} by id`,E(r),n.length>0&&`${le(n,"keys").toLocaleString("en")} from cache`].filter(Boolean).join(", ")}function Je({status:e,outcome:n,attempt:r,isShared:o}){let t=e>=200&&e<300;return[r>1&&`attempt ${r}`,n==="ANSWERED"?!t&&`status ${e}`:n.toLowerCase(),o&&"shared"].filter(Boolean)}function Qe(e){let n=10**Math.floor(Math.log10(e/4)),r=[1,2,5,10].map(o=>o*n).find(o=>e/o<=5);return Array.from({length:Math.floor(.9*e/r)+1},(o,t)=>t*r)}function pe({system:e}){return b("th",{scope:"row","data-system":e,children:[u("span",{className:"cost-swatch","aria-hidden":"true"}),de(e)]})}function ue({operation:e,keys:n}){return b("td",{className:"cost-operation",children:[e,n>1&&b("b",{children:[" ×",n]})]})}function Ke({call:e,end:n}){let r=Je(e).join(", "),o=e.outcome!=="ANSWERED"||e.status>=400,t=e.startMs+e.durationMs,s=d=>`${100*d/n}%`,[a,i]=n-t>=e.startMs?["left",t]:["right",n-e.startMs],c={[a]:`min(${s(i)} + 6px, 100% - ${r.length+1}ch)`};return b("tr",{"data-system":e.system,title:`from ${E(e.startMs)} to ${E(t)}`,children:[u(pe,{system:e.system}),u(ue,{...e}),b("td",{className:"cost-time",children:[u("span",{className:"cost-bar","data-failed":o,"data-shared":e.isShared,style:{left:s(e.startMs),width:s(e.durationMs)}}),r&&u("span",{className:"cost-remark",style:c,children:r})]}),u("td",{className:"cost-number",children:E(e.durationMs)}),u("td",{className:"cost-number",children:e.bytes>0&&He(e.bytes)})]})}function Xe({hit:e}){return b("tr",{"data-system":e.system,className:"cost-hit",children:[u(pe,{system:e.system}),u(ue,{...e}),b("td",{colSpan:3,children:["from cache, ",x(e.ageSeconds,"second")," old",e.isStale&&", stale"]})]})}function Ye({calls:e,hits:n,elapsedMs:r}){let o=Math.max(r,.1,...e.map(({startMs:t,durationMs:s})=>t+s));return b("table",{className:"cost-chart",children:[u("thead",{children:b("tr",{children:[u("th",{scope:"col",children:"System"}),u("th",{scope:"col",children:"Operation"}),u("th",{scope:"col",className:"cost-time","aria-label":"Time",children:Qe(o).map(t=>u("span",{className:"cost-tick",style:{left:`${100*t/o}%`},children:Number(t.toPrecision(6))},t))}),u("th",{scope:"col",className:"cost-number",children:"Took"}),u("th",{scope:"col",className:"cost-number",children:"Size"})]})}),b("tbody",{children:[e.map((t,s)=>u(Ke,{call:t,end:o},`call ${s}`)),n.map((t,s)=>u(Xe,{hit:t},`hit ${s}`))]})]})}function Ze(e){return e===void 0?"Upstream calls are shown here when an operation has run.":e===null?"No upstream call: nothing was executed":Ve(e)}function he({told:e}){let{tabs:n,activeTabIndex:r}=Ue({nonNull:!0}),o=n[r]?.id,[t,s]=Ge({});_e(()=>{e.current=c=>s(d=>({...d,[o]:c}))},[e,o]);let a=t[o],i=a?a.calls.length+a.hits.length:0;return b("details",{className:"cost",open:!0,children:[b("summary",{children:[u("span",{role:"status",children:Ze(a)}),a?.budgets.map(({system:c,left:d})=>b("span",{className:"cost-budget","data-system":c,children:[u("span",{className:"cost-swatch","aria-hidden":"true"}),de(c),": ",d.toLocaleString("en")," left"]},c))]}),i>0&&u("div",{className:"cost-rows",role:"region","aria-label":"Upstream calls",tabIndex:0,children:u(Ye,{...a})})]})}import{jsx as v,jsxs as $}from"./vendor-CYUNCTKI.js";var tn=[en({showAttribution:!1}),ce];function rn(){return $("svg",{className:"wordmark-mark",viewBox:"0 0 24 24","aria-hidden":"true",children:[v("path",{d:"M4.5 20.5V11L12 4l7.5 7v9.5zM4.5 11l7.5 3.5 7.5-3.5M12 14.5v6"}),v("circle",{cx:"12",cy:"4",r:"2.3"}),v("circle",{cx:"4.5",cy:"11",r:"2.3"}),v("circle",{cx:"19.5",cy:"11",r:"2.3"}),v("circle",{cx:"12",cy:"14.5",r:"2.3"})]})}function on({simulated:e}){return $("div",{className:"wordmark",children:[e&&v("span",{className:"simulated",title:"Propstack, deep.rent and Propstreet are played by this program; the data is invented.",children:"simulated upstreams"}),v(rn,{}),v("h1",{children:"Hausgraph"})]})}function sn({graphql:e,token:n,simulated:r}){let o={Authorization:`Bearer ${n??""}`},t=JSON.stringify(o,null,2),s=fe(),a=fe();return $(R,{fetcher:K(e,o,s,a),plugins:tn,defaultTabs:z.map(i=>({...i,headers:t})),defaultHeaders:t,defaultEditorToolsVisibility:n?"variables":"headers",inputValueDeprecation:!0,schemaDescription:!0,children:[v(R.Logo,{children:v(on,{simulated:r})}),$(R.Footer,{children:[v(se,{attached:a}),v(he,{told:s})]})]})}async function an(){let e=await fetch("/playground/config.json");if(!e.ok)throw new Error(`/playground/config.json answered ${e.status}`);return e.json()}var me=nn(document.getElementById("playground"));an().then(e=>me.render(v(sn,{...e})),e=>me.render($("p",{className:"unreachable",role:"alert",children:["The gateway does not answer: ",e.message]})));
