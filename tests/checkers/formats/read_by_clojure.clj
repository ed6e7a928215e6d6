;; read_by_clojure.clj FOLDER: histories in FOLDER/written and FOLDER/after are what Jepsen demands; those in
;; FOLDER/before and FOLDER/after, of the same name, say the same. Exits 1 after all that is wrong was printed.
(require '[clojure.edn :as edn] '[clojure.java.io :as io])
(import '(java.io File PushbackReader))

(def folder (first *command-line-args*))
(def wrong (atom 0))
(defn complain [& words] (swap! wrong inc) (apply println words))

;; jepsen.history, if the caller has it.
(def jepsens-history
  (when (seq (System/getenv "JEPSEN_CLASSPATH")) (requiring-resolve 'jepsen.history/history)))

;; Operations one after another, or in one vector or list; a record of Jepsen's is its map, any other tag is kept with its value.
(defn read-operations [^File file]
  (let [options {:eof ::end, :readers {'jepsen.history.Op identity}, :default (fn [tag value] [::tagged tag value])}]
    (with-open [reader (PushbackReader. (io/reader file))]
      (let [forms (doall (take-while #(not= ::end %) (repeatedly #(edn/read options reader))))]
        (vec (if (sequential? (first forms)) (first forms) forms))))))

(defn files [name] (sort (.listFiles (io/file folder name))))

;; Why the operation is none of Jepsen's; nil if it is.
(defn refusal [{:keys [index time type process f] :as op}]
  (cond (not (map? op)) "no map"
        (not (integer? index)) ":index is no integer"
        (not (integer? time)) ":time is no integer"
        (not (#{:invoke :ok :fail :info} type)) ":type is none of the four"
        (not (or (integer? process) (= :nemesis process))) ":process is neither a number nor :nemesis"
        (not (keyword? f)) ":f is no keyword"
        (not (contains? op :value)) "no :value"))

;; Each completion ends the open operation of its process, of the same :f; indices grow.
(defn check-order [name ops]
  (reduce (fn [[open last] {:keys [index type process f] :as op}]
            (when-not (< last index) (complain name "index does not grow:" op))
            [(cond (= :nemesis process) open
                   (= :invoke type) (do (when (open process) (complain name "two open operations:" op))
                                        (assoc open process f))
                   :else (do (when-not (= f (open process)) (complain name "completes nothing:" op))
                             (dissoc open process)))
             index])
          [{} -1] ops))

(defn check [^File file]
  (let [name (.getName file) ops (read-operations file)]
    (when (empty? ops) (complain name "no operations"))
    (doseq [op ops] (when-let [why (refusal op)] (complain name why op)))
    (check-order name ops)
    (when jepsens-history
      (when-not (= (count ops) (count (jepsens-history ops))) (complain name "Jepsen sees fewer operations")))
    (count ops)))

;; All that the older file says of an operation stands in the newer one; :index and :time may have been added.
(defn same? [before after]
  (and (= (count before) (count after))
       (every? true? (map (fn [old new] (= old (select-keys new (keys old)))) before after))))

(let [written (concat (files "written") (files "after"))
      operations (reduce + (map check written))]
  (doseq [^File old (files "before")]
    (let [before (read-operations old) after (read-operations (io/file folder "after" (.getName old)))]
      (when-not (same? before after)
        (complain (.getName old) "has another meaning once it was written:"
                  (first (remove (fn [[o n]] (= o (select-keys n (keys o)))) (map vector before after)))))))
  (println (count written) "histories," operations "operations read by Clojure" (clojure-version)
           (if jepsens-history "and by jepsen.history" "")))
(shutdown-agents)
(System/exit (if (zero? @wrong) 0 1))
