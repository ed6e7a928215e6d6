#!/usr/bin/env bash
# read_by_clojure.sh HARNESS TREE: what `harness convert --to edn` writes is read by Clojure's own EDN reader, as Jepsen,
# Knossos and Elle read it, and is what they demand of a history; and what was EDN before means the same to Clojure
# afterwards. Where JEPSEN_CLASSPATH names jepsen.history and what it needs, that library has to take each history too.
# Exits 77 (skipped) where there is no Java or no Clojure (Debian: clojure).
set -euo pipefail
harness=$1 tree=$2
clojure=/usr/share/java
if [[ -z $(type -P java) || ! -e $clojure/clojure.jar ]]; then
  echo 'skipped: neither java nor /usr/share/java/clojure.jar (Debian: clojure)'
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/written" "$folder/before" "$folder/after"

# Everything that EDN has a word for, and Jepsen's own tags.
cat >"$folder/all-kinds.edn" <<'EDN'
[#jepsen.history.Op{:index 0, :time 5, :type :invoke, :process 0, :f :txn, :value [[:w 2 1] [:r 0 nil]]}
 {:process 0, :type :ok, :f :txn, :value [[:w 2 1] [:r 0 #{3 :k "s"}]], :index 1, :time 6, :error [:late "why \"so\"\n\u00e4"]}
 {:process 1, :type :invoke, :f :write, :value {:a 1/3, "b" 123456789012345678901234567890N, [1 2] \newline, nil true}, :index 2, :time 7}
 {:process 1, :type :info, :f :write, :value {:a 1/3, "b" 123456789012345678901234567890N, [1 2] \newline, nil true}, :index 3, :time 8, :exception #error {:cause "x" :via (a b/c)}}
 {:process :nemesis, :type :info, :f :start-partition, :value {"n1" #{"n2" "n3"}}, :index 4, :time 9}
 {:process 2, :type :invoke, :f :write, :value #inst "2026-01-02T03:04:05.678-00:00", :index 5, :time 10}
 {:process 2, :type :fail, :f :write, :value #inst "2026-01-02T03:04:05.678-00:00", :index 6, :time 11, :x 1.5M, :y -2.5e-7, :z #uuid "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"}]
EDN

for history in "$tree"/tests/checkers/histories/bad/*.jsonl "$tree"/tests/checkers/corpus/synthetic/reg-*.jsonl; do
  "$harness" convert "$history" --to edn --output "$folder/written/$(basename "$history" .jsonl).edn" 2>>"$folder/notes"
done
for history in "$folder/all-kinds.edn" "$tree"/tests/checkers/corpus/knossos/*/*/*.edn; do
  cp "$history" "$folder/before/"
  "$harness" convert "$history" --to edn --output "$folder/after/$(basename "$history")" 2>>"$folder/notes"
done
java -cp "$clojure/clojure.jar:$clojure/spec.alpha.jar:$clojure/core.specs.alpha.jar:${JEPSEN_CLASSPATH:-}" \
  clojure.main "$tree/tests/checkers/formats/read_by_clojure.clj" "$folder"
