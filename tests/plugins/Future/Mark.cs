// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace TcmuRunner.Handlers.Future;

/// <summary>Runs before any other code of the assembly, and tells.</summary>
internal static class Mark
{
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "What a module initialiser can do to a daemon is what is tested.")]
    internal static void Leave() => AppDomain.CurrentDomain.SetData("TcmuRunner.Handlers.Future ran", true);
}
