// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.PluginLibrary;

/// <summary>Says which version of the library this is.</summary>
public static class Edition
{
    /// <summary>The version.</summary>
    public static int Number => 1;
}
