// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu;

/// <summary>Where the kernel's files are. The defaults are where every distribution has them; tests use directories of their own.</summary>
public sealed record TcmuPaths
{
    /// <summary>The target subsystem in configfs.</summary>
    public string ConfigFsTarget { get; init; } = "/sys/kernel/config/target";

    /// <summary>One directory for each UIO device.</summary>
    public string SysClassUio { get; init; } = "/sys/class/uio";

    /// <summary>Where the device nodes are.</summary>
    public string Dev { get; init; } = "/dev";

    /// <summary>The module target_core_user with its parameters.</summary>
    public string Module { get; init; } = "/sys/module/target_core_user";
}
