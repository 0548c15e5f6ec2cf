// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner;

/// <summary>What the program is asked to do.</summary>
internal enum ArgumentsAction
{
    /// <summary>Serve devices until told to stop.</summary>
    Serve = 0,

    /// <summary>Explain the options.</summary>
    ShowHelp = 1,

    /// <summary>Say which version this is.</summary>
    ShowVersion = 2,
}
