// processes
