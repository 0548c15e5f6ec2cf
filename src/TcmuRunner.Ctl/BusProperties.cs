// SPDX-License-Identifier: Apache-2.0
using System.Collections;

namespace TcmuRunner.Ctl;

/// <summary>The properties that an object has on the bus.</summary>
/// <param name="path">The object.</param>
/// <param name="values">Its properties by name.</param>
internal readonly struct BusProperties(string path, Dictionary<object, object> values)
{
    /// <summary>A property's value.</summary>
    /// <exception cref="CtlException">The daemon does not tell it.</exception>
    internal T Get<T>(string name) => values.TryGetValue(name, out object? value) && value is T typed
        ? typed
        : throw new CtlException(ExitStatus.Failed, $"The daemon does not tell '{name}' of {path}.", "Use the tcmuctl of the daemon's version.");

    /// <summary>A property that is a list of structures, or of plain values.</summary>
    internal IEnumerable<T> GetList<T>(string name) => Get<IEnumerable>(name).Cast<T>();
}
