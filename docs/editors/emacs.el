;;; Into init.el: Emacs 29 or later for eglot; dape from ELPA for the debugger.

(require 'eglot)
(add-to-list 'eglot-server-programs '((python-mode python-ts-mode) . ("connie" "lsp")))
(add-hook 'python-base-mode-hook #'eglot-ensure)

(with-eval-after-load 'dape
  (add-to-list 'dape-configs
               '(connie modes (python-mode python-ts-mode)
                        command "connie" command-args ("dap")
                        :type "connie" :request "launch"
                        :program dape-buffer-default :cwd dape-cwd)))

;; What dape has no command for: M-x connie-step-back and so on.
(defun connie--request (request)
  (let ((connection (dape--live-connection 'stopped)))
    (dape-request connection request (list :threadId (dape--thread-id connection)))))
(defun connie-step-back () "Step back over." (interactive) (connie--request :stepBack))
(defun connie-reverse () "Back to the breakpoint before." (interactive) (connie--request :reverseContinue))
(defun connie-back-into () "Step back into calls." (interactive) (connie--request :connie/stepBackInto))
(defun connie-back-out () "Step back to the caller." (interactive) (connie--request :connie/stepBackOut))
