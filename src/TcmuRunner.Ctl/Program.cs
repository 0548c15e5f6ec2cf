// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Ctl;

return await CommandLine.RunAsync(args, Console.Out, Console.Error, CancellationToken.None);
