// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Ctl;

/// <summary>With what the program ends. Scripts rely on the numbers; keep in sync with packaging/man/tcmuctl.8.</summary>
internal enum ExitStatus
{
    /// <summary>What was asked for was done.</summary>
    Done = 0,

    /// <summary>It failed, or a check found something wrong.</summary>
    Failed = 1,

    /// <summary>The command line is wrong.</summary>
    WrongUsage = 2,

    /// <summary>The daemon is not on the bus.</summary>
    NoDaemon = 3,

    /// <summary>The device, handler or target does not exist.</summary>
    NotFound = 4,

    /// <summary>Only root may do it.</summary>
    NotPermitted = 5,
}
